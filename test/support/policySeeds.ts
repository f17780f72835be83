import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { seedsOf } from "./policyFuzzer.ts";
import { readOracle } from "./policyOracle.ts";

/** The policies of the fixtures, and of a corpus where there is one, for the fuzzer to begin with. */
export function readSeeds(corpusFolder?: string): readonly string[] {
  const fixtures = new URL("../fixtures/", import.meta.url).pathname;
  const texts = globSync("tutorial/*.yaml", { cwd: fixtures })
    .sort()
    .map((name) => readFileSync(join(fixtures, name), "utf8"));
  for (const { groups } of readOracle(join(fixtures, "policy"))) {
    texts.push(...groups.flatMap(({ policies }) => policies ?? []));
  }
  if (corpusFolder !== undefined && existsSync(corpusFolder)) {
    const names = globSync("**/*.yaml", { cwd: corpusFolder }).sort();
    texts.push(...names.map((name) => readFileSync(join(corpusFolder, name), "utf8")));
  }
  return seedsOf(texts);
}

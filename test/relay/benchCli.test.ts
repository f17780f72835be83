import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import type { BenchFigure } from "../bench/benchKeys.ts";
import { FramedFlows } from "../bench/framedFlows.ts";
import { measureCli } from "../bench/measureCli.ts";
import { ReplayServer } from "../bench/replayServer.ts";
import { realisticFlows } from "../support/realisticFlows.ts";

const flows = 50;
const ours = [process.execPath, join(projectRoot, "src", "cli", "main.ts")];
const calling = `${ours.map((part) => `'${part}'`).join(" ")} "$@"`;

/** Compares our command line with a script in the place of `hubble`. */
async function compareWith(t: TestContext, script: string) {
  const server = new ReplayServer(new FramedFlows(realisticFlows(flows, { seed: 5 })));
  const relay = await server.listen();
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-bench-"));
  t.after(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const hubble = join(folder, "hubble");
  await writeFile(hubble, `#!/bin/bash\n${script}\n`);
  await chmod(hubble, 0o755);
  const { figures } = await measureCli({
    ours,
    hubble,
    relay,
    flows,
    rounds: 1,
    folder: join(folder, "outputs"),
    onProgress: () => undefined,
  });
  return figures;
}

function failureOf(figure: BenchFigure | undefined): string {
  assert.ok(figure && "failure" in figure, JSON.stringify(figure));
  return figure.failure;
}

/** Another compact line, another value in JSON, and of a file fewer lines. */
const somebodyElse = `case "$*" in
  *--input-file*) ${calling} | head -n 49;;
  *compact*) ${calling} | sed '3s/$/ more/';;
  *) ${calling} | sed '2s/"node_name":"[^"]*"/"node_name":"elsewhere"/g';;
esac`;

describe("the comparison with the real CLI", () => {
  test("is of every key when both print the same", async (t) => {
    const figures = await compareWith(t, calling);
    assert.deepEqual(Object.keys(figures), ["compact_vs_hubble", "jsonpb_vs_hubble", "file_vs_hubble"]);
    for (const figure of Object.values(figures)) {
      assert.ok("value" in figure && figure.value > 0 && figure.value < Infinity, JSON.stringify(figure));
    }
  });

  test("counts for nothing, and shows the first line that differs, when they do not", async (t) => {
    const figures = await compareWith(t, somebodyElse);
    assert.match(
      failureOf(figures.compact_vs_hubble),
      /^line 3 differs:\n {2}ours: .*\n {2}hubble's: .* more$/,
    );
    assert.match(failureOf(figures.jsonpb_vs_hubble), /^line 2 differs:\n.*\n.*"elsewhere"/);
    assert.match(failureOf(figures.file_vs_hubble), /^line 50 is only ours: /);
  });

  test("fails when hubble does", async (t) => {
    await assert.rejects(compareWith(t, "echo no such thing >&2; exit 3"), /failed: no such thing/);
  });
});

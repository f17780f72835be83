import { judgeCounting } from "./judgeCounting.ts";
import { judgeConnection, type Judgement, judgeNames, judgeRequest } from "./judgePolicyCase.ts";
import { judgeSanitizeCorpusCase, judgeValidityCase } from "./judgeValidityCase.ts";
import type { OracleCase, OracleGroup } from "./policyOracle.ts";

/** Judges one case of a category; `corpus` is the folder of the documents that `sanitize-corpus` speaks of. */
export type Judge = (group: OracleGroup, oracleCase: OracleCase, corpus: string | undefined) => Judgement;

/** How the cases of each category are judged. */
export const judges: Readonly<Record<string, Judge>> = {
  connectivity: judgeConnection,
  "context-services": judgeConnection,
  counting: judgeCounting,
  examples: judgeConnection,
  fields: judgeConnection,
  "fqdn-match": judgeNames,
  knp: judgeConnection,
  "l7-dns": judgeRequest,
  "l7-http": judgeRequest,
  "sanitize-corpus": judgeCorpus,
  undecidable: judgeConnection,
  unit: judgeConnection,
  validity: (_group, oracleCase) => judgeValidityCase(oracleCase) ?? notJudged("a manifest"),
};

function judgeCorpus(group: OracleGroup, oracleCase: OracleCase, corpus: string | undefined): Judgement {
  if (corpus === undefined) return notJudged("--corpus: the folder of the documents");
  const file = group.corpus_file;
  const judged = judgeSanitizeCorpusCase({ ...oracleCase, ...(file ? { corpus_file: file } : {}) }, corpus);
  return judged ?? notJudged(`${file ?? "a file"} in the corpus`);
}

function notJudged(needs: string): Judgement {
  return { expected: [`needs ${needs}`], got: ["it is not there"] };
}

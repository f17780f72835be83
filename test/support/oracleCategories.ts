import { judgeCounting } from "./judgeCounting.ts";
import { judgeConnection, type Judgement, judgeNames, judgeRequest } from "./judgePolicyCase.ts";
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
  undecidable: judgeConnection,
  unit: judgeConnection,
};

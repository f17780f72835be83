import type { FollowResult } from "../hubble/followCapture.ts";
import type { CaptureFileResult } from "../hubble/readCaptures.ts";
import type { CaptureFileSummary, CaptureSummary } from "../protocol/engine.ts";

/** As many broken lines as a summary lists in all. */
const brokenLinesListed = 100;

/** What reading files came to, in the words of the protocol. */
export function captureSummary(
  path: string,
  flows: number,
  results: readonly CaptureFileResult[],
): CaptureSummary {
  return summaryOf(path, flows, results.map(fileSummary));
}

/** What following a file came to; without a result it was ended by what `why` says. */
export function followSummary(
  path: string,
  flows: number,
  result: FollowResult | undefined,
  why?: string,
): CaptureSummary {
  const trouble = why ?? result?.trouble?.message;
  const { messages = 0, brokenCount = 0, brokenLines = [] } = result ?? {};
  return summaryOf(path, flows, [
    { path, events: messages, brokenCount, brokenLines, ...(trouble !== undefined && { trouble }) },
  ]);
}

function summaryOf(path: string, flows: number, files: readonly CaptureFileSummary[]): CaptureSummary {
  const broken = files.flatMap((file) => file.brokenLines.map((line) => ({ path: file.path, ...line })));
  return {
    path,
    flows,
    brokenCount: files.reduce((sum, { brokenCount }) => sum + brokenCount, 0),
    brokenLines: broken.slice(0, brokenLinesListed),
    files,
  };
}

function fileSummary(result: CaptureFileResult): CaptureFileSummary {
  const { path } = result;
  if ("error" in result) {
    return { path, events: 0, brokenCount: 0, brokenLines: [], trouble: result.error.message };
  }
  const { messages, brokenCount, brokenLines, trouble } = result;
  return {
    ...{ path, events: messages, brokenCount, brokenLines },
    ...(trouble && { trouble: trouble.message }),
  };
}

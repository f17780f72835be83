import { type ReadPolicies, readPolicySteps } from "../../src/policy/readPolicies.ts";

/** What reading one long text costs. */
export interface ReadingTime {
  readonly layout: string;
  readonly megabytes: number;
  readonly rules: number;
  /** All of it at once; the best of several. */
  readonly readMs: number;
  /** The longest that whoever shares the thread would have had to wait, garbage collection included. */
  readonly longestStepMs: number;
  /** Another letter in the last document. */
  readonly againMs: number;
}

const head = (name: string): string =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: ${name}\nspec:\n  endpointSelector:\n    matchLabels:\n      app: ${name}\n  ingress:\n`;

const rule = (number: number): string =>
  `    - fromEndpoints:\n        - matchLabels:\n            app: client-${number}\n            io.kubernetes.pod.namespace: ns-${number % 50} # why\n      toPorts:\n        - ports:\n            - port: "8080"\n              protocol: TCP\n          rules:\n            http:\n              - method: GET\n                path: "/api/v1/things/${number}/.*"\n`;

const rules = (count: number): string => Array.from({ length: count }, (_, number) => rule(number)).join("");

const layouts: readonly (readonly [layout: string, documents: number, rulesEach: number])[] = [
  ["one document", 1, 16_000],
  ["100 documents", 100, 160],
  ["8,000 documents", 8000, 2],
];

/** Reads texts of 5 MB in several layouts. */
export function measureReading(): readonly ReadingTime[] {
  return layouts.map(([layout, documents, rulesEach]) => {
    const text = Array.from({ length: documents }, (_, n) => head(`p-${n}`) + rules(rulesEach)).join("");
    const runs = [0, 1, 2].map(() => timeSteps(text));
    const best = runs.reduce((one, other) => (one.tookMs < other.tookMs ? one : other));
    const again = timeSteps(`${text}# more\n`, best.read);
    return {
      layout,
      megabytes: text.length / 1e6,
      rules: documents * rulesEach,
      readMs: best.tookMs,
      longestStepMs: Math.min(...runs.map(({ longestMs }) => longestMs)),
      againMs: again.tookMs,
    };
  });
}

function timeSteps(text: string, earlier?: ReadPolicies) {
  const start = performance.now();
  let longestMs = 0;
  let before = start;
  const steps = readPolicySteps(text, earlier ? { earlier } : {});
  for (;;) {
    const { done, value } = steps.next();
    const now = performance.now();
    longestMs = Math.max(longestMs, now - before);
    before = now;
    if (done === true) return { read: value, tookMs: now - start, longestMs };
  }
}

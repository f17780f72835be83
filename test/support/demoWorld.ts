import { PolicyEnforcer } from "../../src/demo/policyEnforcer.ts";
import { shopPolicies } from "../../src/demo/shopPolicies.ts";
import { type DemoEvent, Simulation } from "../../src/demo/simulation.ts";
import type { Flow } from "../../src/flows/flow.ts";
import { silentLogger } from "../../src/base/logger.ts";

/** When the demo's simulated time 0 is in tests. */
export const demoStart = { seconds: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000, nanos: 250_000_000 };

export const nsPerSecond = 1_000_000_000;

/** A demo cluster with the shop's policies and others in force, at its simulated start. */
export function demoWorld(options: {
  readonly policies?: readonly string[];
  readonly seed?: number;
  readonly flowsPerSecond?: number;
}): { readonly enforcer: PolicyEnforcer; readonly simulation: Simulation } {
  const enforcer = new PolicyEnforcer(silentLogger);
  for (const text of [...shopPolicies, ...(options.policies ?? [])]) {
    const change = enforcer.apply(text);
    if ("refused" in change) throw new Error(change.refused);
  }
  const { seed = 7, flowsPerSecond = 100 } = options;
  const simulation = new Simulation({ seed, start: demoStart, flowsPerSecond, enforcer });
  return { enforcer, simulation };
}

/** The flows among events. */
export function flowsOf(events: readonly DemoEvent[]): readonly Flow[] {
  return events.flatMap((event) => ("flow" in event ? [event.flow] : []));
}

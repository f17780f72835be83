import type { Flow } from "../flows/flow.ts";
import type { Sighting } from "./eventFlows.ts";
import type { DemoNode, Peer } from "./peer.ts";
import type { PolicyEnforcer } from "./policyEnforcer.ts";
import type { SeededRandom } from "./seededRandom.ts";

/** What those who make traffic work with. Times are nanoseconds since the simulation's start. */
export interface Stage {
  /** The simulated time. */
  readonly nowNs: number;
  readonly random: SeededRandom;
  readonly enforcer: PolicyEnforcer;
  /** Has an event be seen at a time that is not past. */
  emit(atNs: number, node: DemoNode, make: (sighting: Sighting) => Flow): void;
  /** Has something begin at a time that is not past. */
  later(atNs: number, task: () => void): void;
  /** The next port that a peer's connections come from. */
  ephemeralPort(client: Peer): number;
}

/** Units of time in nanoseconds. */
export const nsPerMicrosecond = 1_000;
export const nsPerMillisecond = 1_000_000;
export const nsPerSecond = 1_000_000_000;

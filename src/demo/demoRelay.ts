import { createServer } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { type Logger, silentLogger } from "../base/logger.ts";
import type { Timestamp } from "../flows/flow.ts";
import { Health } from "../hubble/gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../hubble/gen/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as OldServerReflection } from "../hubble/gen/grpc/reflection/v1alpha/reflection_pb.js";
import { Observer } from "../hubble/gen/observer/observer_pb.js";
import { DemoClock } from "./demoClock.ts";
import { FlowHub } from "./flowHub.ts";
import { healthService } from "./healthService.ts";
import { observerService } from "./observerService.ts";
import { type PolicyChange, PolicyEnforcer } from "./policyEnforcer.ts";
import { reflectionService } from "./reflectionService.ts";
import { serviceDefinition } from "./serviceDefinition.ts";
import { shopPolicies } from "./shopPolicies.ts";
import { Simulation } from "./simulation.ts";

export interface DemoRelayOptions {
  /** 0: the system chooses one. */
  readonly port: number;
  readonly seed: number;
  /** 40 when absent. */
  readonly flowsPerSecond?: number;
  /** YAML texts to put in force before the first flow, after the shop's own policies. */
  readonly policies: readonly string[];
  /** Milliseconds since 1970; the system's clock when absent. */
  readonly clock?: () => number;
  readonly logger?: Logger;
}

/** A relay of the demo cluster that listens on loopback. */
export interface DemoRelay {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Each policy in force as a YAML text. */
  readonly policies: readonly string[];
  apply(text: string): PolicyChange;
  remove(text: string): PolicyChange;
  /** Ends all calls and stops listening. */
  stop(): Promise<void>;
}

/** Why a demo relay did not start; the message is for people. */
export class DemoRelayError extends Error {
  readonly kind: "bad-policy" | "cannot-listen";
  /** Which of the given policies is at fault, from 0. */
  readonly policyNumber: number | undefined;

  constructor(
    kind: DemoRelayError["kind"],
    message: string,
    options?: ErrorOptions & { readonly policyNumber?: number },
  ) {
    super(message, options);
    this.name = "DemoRelayError";
    this.kind = kind;
    this.policyNumber = options?.policyNumber;
  }
}

const defaultFlowsPerSecond = 40;

/** Starts the demo cluster, some minutes of its history included, and serves its flows as hubble-relay does. */
export async function startDemoRelay(options: DemoRelayOptions): Promise<DemoRelay> {
  const { seed, flowsPerSecond = defaultFlowsPerSecond, clock = Date.now, logger = silentLogger } = options;
  const enforcer = new PolicyEnforcer(logger);
  for (const text of shopPolicies) enforcer.apply(text);
  for (const [policyNumber, text] of options.policies.entries()) {
    const change = enforcer.apply(text);
    if ("refused" in change) throw new DemoRelayError("bad-policy", change.refused, { policyNumber });
  }
  const hub = new FlowHub();
  const zeroMs = clock() - historyMs(hub.held.max, flowsPerSecond);
  const startedAt = timestampOf(zeroMs);
  const simulation = new Simulation({ seed, start: startedAt, flowsPerSecond, enforcer });
  const demoClock = new DemoClock({ simulation, hub, clock, zeroMs });
  demoClock.fill();
  const server = new Server();
  const services = [Observer, Health, ServerReflection, OldServerReflection];
  const reflection = reflectionService(services);
  const now = () => timestampOf(clock());
  server.addService(serviceDefinition(Observer), observerService({ hub, startedAt, now }));
  server.addService(serviceDefinition(Health), healthService);
  server.addService(serviceDefinition(ServerReflection), reflection);
  server.addService(serviceDefinition(ServerReflection, OldServerReflection.typeName), reflection);
  const port = await listen(server, options.port);
  demoClock.start();
  return {
    address: `127.0.0.1:${port}`,
    get policies() {
      return enforcer.texts;
    },
    apply: (text) => {
      demoClock.tick();
      return enforcer.apply(text);
    },
    remove: (text) => {
      demoClock.tick();
      return enforcer.remove(text);
    },
    stop: () => {
      demoClock.dispose();
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

/** As much history as the rings hold, but no more than a few minutes. */
function historyMs(capacity: number, flowsPerSecond: number): number {
  return Math.min(300_000, Math.floor((1000 * capacity) / flowsPerSecond));
}

function timestampOf(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor((ms - seconds * 1000) * 1_000_000) };
}

/** Only this computer may ask. */
async function listen(server: Server, port: number): Promise<number> {
  await checkPort(port);
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (cause, bound) => {
      if (!cause) resolve(bound);
      else reject(new DemoRelayError("cannot-listen", `cannot listen on port ${port}`, { cause }));
    });
  });
}

/** gRPC says only in prose, and loudly, why a port cannot be had; a socket says it by a code. */
function checkPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause: NodeJS.ErrnoException) => {
      const message =
        cause.code === "EADDRINUSE"
          ? `port ${port} is in use: choose another one, or 0 for any that is free`
          : `cannot listen on port ${port}: ${cause.message}`;
      reject(new DemoRelayError("cannot-listen", message, { cause }));
    });
    probe.listen(port, "127.0.0.1", () => {
      probe.close(() => {
        resolve();
      });
    });
  });
}

import type { Event } from "../../base/event.ts";
import type { EngineRequestName, EngineRequests, EngineSnapshot } from "../../protocol/engine.ts";

/** What the surfaces need of the engine's proxy. The first request starts the worker. */
export interface EngineClient {
  request<Name extends EngineRequestName>(
    name: Name,
    params: EngineRequests[Name]["params"],
  ): Promise<EngineRequests[Name]["reply"]>;
  readonly onSnapshot: Event<EngineSnapshot>;
}

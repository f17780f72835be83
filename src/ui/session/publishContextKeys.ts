import type { Disposable } from "../../base/disposable.ts";
import { setContextKey } from "../vscode/contextKeys.ts";
import type { HubbleModel } from "./hubbleModel.ts";
import { capturePath } from "./sessionText.ts";

/** Keeps the context keys of the session in step with the model. */
export function publishContextKeys(model: HubbleModel): Disposable {
  const publish = ({ state, source, recording }: typeof model.snapshot): void => {
    // What starts is as good as connecting: the views offer nothing that would start it again.
    const isBeginning = state.name === "idle" && model.beginning !== undefined;
    setContextKey("hubbleLens.state", isBeginning ? "connecting" : state.name);
    setContextKey("hubbleLens.failure", state.name === "failed" ? state.failure.kind : "");
    setContextKey("hubbleLens.demo", state.name !== "idle" && state.target.kind === "demo");
    setContextKey("hubbleLens.capture", capturePath(source) !== undefined);
    setContextKey("hubbleLens.following", source.kind === "following");
    setContextKey("hubbleLens.recording", recording !== undefined);
  };
  publish(model.snapshot);
  return model.onDidTick(publish);
}

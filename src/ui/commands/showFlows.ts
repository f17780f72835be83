import type { CommandParts } from "./commandParts.ts";

/** *Show Flows*: the panel with every flow. */
export async function showFlows(parts: CommandParts): Promise<void> {
  await parts.panel.show("");
}

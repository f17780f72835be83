import { commands } from "vscode";
import type { ContextKeys } from "./contextKeyTable.ts";

const current = new Map<string, unknown>();

/** Sets a context key; setting what it already is costs nothing. */
export function setContextKey<Key extends keyof ContextKeys>(key: Key, value: ContextKeys[Key]): void {
  if (current.get(key) === value) return;
  current.set(key, value);
  void commands.executeCommand("setContext", key, value);
}

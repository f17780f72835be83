/** The one control channel to the demo cluster's process (Node's IPC channel, JSON). */

/** Extension → demo process. */
export type DemoCall =
  /** Applies every policy of a YAML text, replacing namesakes. */
  | { readonly type: "apply"; readonly id: number; readonly text: string }
  /** Removes every policy that a YAML text names. */
  | { readonly type: "remove"; readonly id: number; readonly text: string }
  | { readonly type: "shutdown" };

/** Demo process → extension. */
export type DemoMessage =
  | { readonly type: "listening"; readonly address: string }
  /** Answers a call: the names (`namespace/name`) it touched, or why it could not. */
  | { readonly type: "applied"; readonly id: number; readonly policies: readonly string[] }
  | { readonly type: "refused"; readonly id: number; readonly message: string }
  /** The policies in force, as YAML texts, one each: sent after `listening` and after each change. */
  | { readonly type: "policies"; readonly texts: readonly string[] };

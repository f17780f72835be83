import type { FlowSelection } from "../flows/flowFilter.ts";

/** Does a selection ask what no relay can be asked? */
export function isLocal({ local = [], rule }: FlowSelection): boolean {
  return local.length > 0 || rule !== undefined;
}

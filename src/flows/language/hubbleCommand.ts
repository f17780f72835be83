import type { FlowRange, FlowSelection } from "../flowFilter.ts";
import type { TermText } from "./filterTerm.ts";
import { filterTerms } from "./filterTerms.ts";
import { quoteWord } from "./quoteWord.ts";
import { localTerms, rangeTerms } from "./selectionToTerms.ts";
import { termText, writeFilterLine } from "./writeFilterLine.ts";

/** What a command line says besides which flows. */
export interface HubbleCommandOptions {
  /** `host:port`, or `tls://host:port`. */
  readonly server?: string;
  /** The context of the kubeconfig: the relay is reached by port-forward, and {@link server} counts for nothing. */
  readonly context?: string;
  /** Where hubble-relay runs; without a context, in the cluster of the current one. */
  readonly namespace?: string;
  readonly output?: string;
  /** Which stretch to ask for where the selection does not say; to follow says nothing of what was before. */
  readonly range?: FlowRange;
}

/** A command line for a POSIX shell, and the terms that the `hubble` CLI has no words for: they are not in it. */
export interface HubbleCommand {
  readonly command: string;
  readonly cannotSay: readonly string[];
}

/** The command line with which the `hubble` CLI shows the flows of a selection. */
export function hubbleCommand(selection: FlowSelection, options: HubbleCommandOptions = {}): HubbleCommand {
  const terms: readonly TermText[] = [
    ...filterTerms(selection.whitelist, { negated: false, onlyCli: true }),
    ...filterTerms(selection.blacklist, { negated: true, onlyCli: true }),
    ...rangeTerms(stretch(selection.range, options.range)),
  ];
  const parts = ["hubble observe", ...connection(options), writeFilterLine(terms), ...output(options)];
  return {
    command: parts.filter((part) => part !== "").join(" "),
    cannotSay: localTerms(selection).map(termText),
  };
}

function stretch(own: FlowRange = {}, otherwise: FlowRange = {}): FlowRange {
  return Object.keys(own).some((key) => key !== "follow") ? own : { ...otherwise, ...own };
}

function connection({ server, context, namespace }: HubbleCommandOptions): readonly string[] {
  if (context === undefined && namespace === undefined) {
    return server === undefined ? [] : [`--server ${quoteWord(server)}`];
  }
  return [
    "-P",
    ...(context === undefined ? [] : [`--kube-context ${quoteWord(context)}`]),
    ...(namespace === undefined || namespace === "kube-system"
      ? []
      : [`--kube-namespace ${quoteWord(namespace)}`]),
  ];
}

function output({ output: format }: HubbleCommandOptions): readonly string[] {
  return format === undefined ? [] : [`-o ${quoteWord(format)}`];
}

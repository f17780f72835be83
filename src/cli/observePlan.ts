import type { FlowSelection } from "../flows/flowFilter.ts";
import type { Timestamp } from "../flows/flow.ts";
import type { ObserveOptions, ServerOptions } from "../flows/language/observeOptions.ts";
import { type ArgumentLine, readArguments } from "../flows/language/readArguments.ts";
import type { PrintOptions } from "../flows/printedFields.ts";
import { type TimeFormat, timeFormats } from "../flows/timeText.ts";
import { unknownFlowPath } from "../hubble/unknownFlowPath.ts";
import { formatRelayAddress, parseRelayAddress } from "../hubble/relayAddress.ts";
import { ArgumentError } from "./argumentError.ts";
import { wantsColor } from "./colorChoice.ts";
import { defaultFieldMask } from "./fieldMask.ts";
import type { OutputFormat } from "./responsePrinter.ts";

/** Where flows come from. */
export type FlowSource =
  | { readonly kind: "relay"; readonly address: string; readonly connectTimeoutMs: number | undefined }
  /** `-` is standard input. */
  | { readonly kind: "capture"; readonly path: string };

/** What `observe` is to do. */
export interface ObservePlan {
  readonly selection: FlowSelection;
  readonly source: FlowSource;
  readonly format: OutputFormat;
  readonly print: PrintOptions;
  readonly fieldMask: readonly string[] | undefined;
  readonly policyFiles: readonly string[];
  /** Print the filters and end. */
  readonly printsFilters: boolean;
  /** Nothing goes to the error stream but why it failed. */
  readonly isSilent: boolean;
  /** Also say which nodes come and go. */
  readonly isDebug: boolean;
  readonly warnings: readonly string[];
  readonly terms: ArgumentLine["terms"];
}

/** What the plan depends on besides the arguments. */
export interface Surroundings {
  readonly now: Timestamp;
  readonly stdout: { readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reads the arguments of `observe`; throws an {@link ArgumentError} for whatever cannot be done. */
export function planObserve(args: readonly string[], surroundings: Surroundings): ObservePlan {
  const line = readArguments(args, surroundings.now);
  const error = line.problems.find(({ severity }) => severity === "error");
  if (error) throw new ArgumentError(error.message);
  const { options, selection, terms } = line;
  checkFieldMask(options);
  if (!options.printRawFilters) checkOptions(options, selection);
  return {
    selection,
    terms,
    source: sourceOf(options, surroundings.environment),
    format: options.output,
    print: {
      timeFormat: timeFormatOf(options.timeFormat),
      nodeName: options.printNodeName,
      policyNames: options.printPolicyNames,
      ipTranslation: options.ipTranslation,
      color: wantsColor(options.colour, surroundings.stdout, surroundings.environment),
    },
    fieldMask: fieldMaskOf(options),
    policyFiles: options.policyFiles,
    printsFilters: options.printRawFilters,
    isSilent: options.silentErrors,
    isDebug: options.debug,
    warnings: [
      ...line.problems.filter(({ severity }) => severity === "warning").map(({ message }) => message),
      ...(options.inputFile !== undefined && options.server.address !== undefined
        ? ["--server counts for nothing with --input-file"]
        : []),
    ],
  };
}

function checkFieldMask({ fieldMask = [] }: ObserveOptions): void {
  const path = unknownFlowPath(fieldMask);
  if (path === undefined) return;
  throw new ArgumentError(`--field-mask: a flow has no “${path}”; it has time, verdict, source.labels, …`);
}

function checkOptions(options: ObserveOptions, selection: FlowSelection): void {
  const { policyFiles } = options;
  const foreign = unsupportedFlag(options);
  if (foreign !== undefined) throw new ArgumentError(foreign);
  if (selection.rule && policyFiles.length === 0) {
    throw new ArgumentError("--rule needs the policies that it is a rule of: add --policy-file FILE");
  }
  if (!selection.rule && policyFiles.length > 0) {
    throw new ArgumentError("--policy-file is for --rule only: add --rule, or leave it out");
  }
}

/** Ways to a relay that are not there yet, each with what was given of them. */
const notYet: readonly (readonly [keyof ServerOptions, flag: string])[] = [
  ["tls", "tls"],
  ["tlsAllowInsecure", "tls-allow-insecure"],
  ["tlsCaCertFiles", "tls-ca-cert-files"],
  ["tlsClientCertFile", "tls-client-cert-file"],
  ["tlsClientKeyFile", "tls-client-key-file"],
  ["tlsServerName", "tls-server-name"],
  ["basicAuthUsername", "basic-auth-username"],
  ["basicAuthPassword", "basic-auth-password"],
  ["portForward", "port-forward"],
  ["portForwardPort", "port-forward-port"],
  ["kubeContext", "kube-context"],
  ["kubeNamespace", "kube-namespace"],
  ["kubeconfig", "kubeconfig"],
];

const wayOut =
  "forward a port to the relay (kubectl -n kube-system port-forward service/hubble-relay 4245:80) and give" +
  " --server localhost:4245";

/** Who reads a capture asks no relay: what says how to reach one counts for nothing then. */
function unsupportedFlag({ server, config, inputFile }: ObserveOptions): string | undefined {
  if (config !== undefined) return "--config is not supported yet: give its settings as flags";
  if (inputFile !== undefined) return undefined;
  const given = notYet.find(([option]) => server[option] !== undefined && server[option] !== false);
  if (given) return `--${given[1]} is not supported yet: ${wayOut}`;
  if (server.address?.startsWith("tls://")) return `--server with tls:// is not supported yet: ${wayOut}`;
  return undefined;
}

/** Without `--server` the relay is that of `HUBBLE_SERVER`, as for the `hubble` CLI. */
function sourceOf(
  { inputFile, server, printRawFilters }: ObserveOptions,
  environment: Surroundings["environment"],
): FlowSource {
  if (inputFile !== undefined) return { kind: "capture", path: inputFile };
  const text = server.address ?? (environment["HUBBLE_SERVER"] || "localhost:4245");
  const address = parseRelayAddress(text);
  if (!address && !printRawFilters) throw new ArgumentError(`--server takes host:port, not “${text}”`);
  return {
    kind: "relay",
    address: address ? formatRelayAddress(address) : text,
    connectTimeoutMs: server.timeoutMs,
  };
}

function timeFormatOf(name: string): TimeFormat {
  const formats = Object.keys(timeFormats) as readonly TimeFormat[];
  return formats.find((format) => format === name) ?? "StampMilli";
}

/** A mask of the default kind asks for what is printed; JSON prints all. */
function fieldMaskOf({
  fieldMask,
  useDefaultFieldMasks,
  output,
}: ObserveOptions): readonly string[] | undefined {
  if (fieldMask && fieldMask.length > 0) return fieldMask;
  return useDefaultFieldMasks && output !== "jsonpb" ? defaultFieldMask : undefined;
}

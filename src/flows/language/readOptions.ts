import type { Problem } from "../../base/problem.ts";
import { readTimeArgument } from "../timeArgument.ts";
import { maxUint16, readBoolean, readLiteral } from "./goNumber.ts";
import type { ObserveOptions, ServerOptions } from "./observeOptions.ts";
import { flagNamed } from "./observeFlags.ts";
import type { FlagUse } from "./readFlags.ts";
import { splitList } from "./splitList.ts";

type Changing<T> = { -readonly [K in keyof T]: T[K] };

const defaults: ObserveOptions = {
  output: "compact",
  timeFormat: "StampMilli",
  colour: "auto",
  printNodeName: false,
  printPolicyNames: false,
  numeric: false,
  ipTranslation: true,
  fieldMask: undefined,
  useDefaultFieldMasks: false,
  inputFile: undefined,
  policyFiles: [],
  printRawFilters: false,
  silentErrors: false,
  debug: false,
  help: false,
  config: undefined,
  server: {},
};

/** Reads the flags that do not say which flows; of one that is repeated the last counts, but lists grow. */
export function readOptions(uses: readonly FlagUse[]): {
  readonly options: ObserveOptions;
  readonly problems: readonly Problem[];
} {
  const reader = new OptionReader();
  for (const use of uses) reader.read(use);
  return reader.result();
}

const switches: Readonly<Record<string, BooleanOption>> = {
  "print-node-name": "printNodeName",
  "print-policy-names": "printPolicyNames",
  numeric: "numeric",
  "ip-translation": "ipTranslation",
  "use-default-field-masks": "useDefaultFieldMasks",
  "print-raw-filters": "printRawFilters",
  "silent-errors": "silentErrors",
  debug: "debug",
  help: "help",
};
const serverSwitches: Readonly<Record<string, "tls" | "tlsAllowInsecure" | "portForward">> = {
  tls: "tls",
  "tls-allow-insecure": "tlsAllowInsecure",
  "port-forward": "portForward",
};
const serverTexts: Readonly<Record<string, TextOption>> = {
  server: "address",
  "tls-client-cert-file": "tlsClientCertFile",
  "tls-client-key-file": "tlsClientKeyFile",
  "tls-server-name": "tlsServerName",
  "basic-auth-username": "basicAuthUsername",
  "basic-auth-password": "basicAuthPassword",
  "kube-context": "kubeContext",
  "kube-namespace": "kubeNamespace",
  kubeconfig: "kubeconfig",
};
const outputs: Readonly<Record<string, ObserveOptions["output"]>> = {
  compact: "compact",
  dict: "dict",
  json: "jsonpb",
  JSON: "jsonpb",
  jsonpb: "jsonpb",
  tab: "table",
  table: "table",
};

type BooleanOption = {
  [K in keyof ObserveOptions]: ObserveOptions[K] extends boolean ? K : never;
}[keyof ObserveOptions];
type TextOption = Exclude<
  { [K in keyof ServerOptions]-?: string extends ServerOptions[K] ? K : never }[keyof ServerOptions],
  undefined
>;

class OptionReader {
  readonly #options: Changing<ObserveOptions> = { ...defaults };
  readonly #server: Changing<ServerOptions> = {};
  readonly #problems: Problem[] = [];

  read(use: FlagUse): void {
    const { name } = use.flag;
    const value = use.value ?? "true";
    const [own, ofServer, text] = [switches[name], serverSwitches[name], serverTexts[name]];
    if (own !== undefined) this.#options[own] = this.#truth(use) ?? this.#options[own];
    else if (ofServer !== undefined) this.#server[ofServer] = this.#truth(use) ?? false;
    else if (text !== undefined) this.#server[text] = value;
    else this.#readOther(use, value);
  }

  result(): { readonly options: ObserveOptions; readonly problems: readonly Problem[] } {
    const { numeric, ipTranslation } = this.#options;
    const options = { ...this.#options, ipTranslation: ipTranslation && !numeric, server: this.#server };
    return { options, problems: this.#problems };
  }

  #readOther(use: FlagUse, value: string): void {
    switch (use.flag.name) {
      case "output":
        this.#readOutput(use, value);
        break;
      case "time-format":
        this.#readTimeFormat(use, value);
        break;
      case "color":
        this.#readColour(use, value);
        break;
      case "field-mask":
        this.#options.fieldMask = [...(this.#options.fieldMask ?? []), ...splitList(value)];
        break;
      case "tls-ca-cert-files":
        this.#server.tlsCaCertFiles = [...(this.#server.tlsCaCertFiles ?? []), ...splitList(value)];
        break;
      case "input-file":
        this.#options.inputFile = value === "" ? undefined : value;
        break;
      case "policy-file":
        this.#options.policyFiles = [...this.#options.policyFiles, value];
        return;
      case "config":
        this.#options.config = value;
        break;
      case "port-forward-port":
        this.#readPort(use, value);
        break;
      case "timeout":
      case "request-timeout":
        this.#readDuration(use, value);
        break;
      default:
        break;
    }
  }

  #readOutput(use: FlagUse, value: string): void {
    const output = Object.hasOwn(outputs, value) ? outputs[value] : undefined;
    if (output) this.#options.output = output;
    else this.#bad(use, "--output takes compact, dict, table, jsonpb or json");
  }

  /** The CLI takes any case, and what it does not know as the default. */
  #readTimeFormat(use: FlagUse, value: string): void {
    const names = flagNamed("time-format")?.words ?? [];
    const format = names.find((each) => each.toLowerCase() === value.toLowerCase());
    this.#options.timeFormat = format ?? defaults.timeFormat;
    if (format === undefined)
      this.#unknown(use, `--time-format takes ${names.join(", ")}; StampMilli is used`);
  }

  #readColour(use: FlagUse, value: string): void {
    const colour = (["auto", "always", "never"] as const).find((each) => each === value.toLowerCase());
    this.#options.colour = colour ?? "auto";
    if (colour === undefined) this.#unknown(use, "--color takes auto, always or never; auto is used");
  }

  #readPort(use: FlagUse, value: string): void {
    const port = readLiteral(value, maxUint16);
    if (port === undefined) this.#bad(use, "--port-forward-port takes a number from 0 to 65535");
    else this.#server.portForwardPort = Number(port);
  }

  #readDuration(use: FlagUse, value: string): void {
    const ms = durationMs(value);
    if (ms === undefined) this.#bad(use, `--${use.flag.name} takes a duration such as 5s or 1m30s`);
    else if (use.flag.name === "timeout") this.#server.timeoutMs = ms;
    else this.#server.requestTimeoutMs = ms;
  }

  #truth(use: FlagUse): boolean | undefined {
    if (use.value === undefined) return true;
    const truth = readBoolean(use.value);
    const { name } = use.flag;
    if (truth === undefined) this.#bad(use, `--${name} takes true or false, as in --${name}=false`);
    return truth;
  }

  #bad({ value = "", valueRange, range }: FlagUse, what: string): void {
    const message = `“${value}”: ${what}`;
    this.#problems.push({ severity: "error", code: "bad-value", message, range: valueRange ?? range });
  }

  #unknown({ value = "", valueRange, range }: FlagUse, what: string): void {
    const message = `“${value}”: ${what}`;
    this.#problems.push({ severity: "warning", code: "ignored-value", message, range: valueRange ?? range });
  }
}

/** A duration as Go writes it, in milliseconds: a time so far back from a known one tells. */
function durationMs(text: string): number | undefined {
  const now = { seconds: 1_000_000_000, nanos: 0 };
  if (!/[a-zµμ]$|^[+-]?0$/.test(text)) return undefined;
  const back = readTimeArgument(text, now);
  return back && (now.seconds - back.seconds) * 1000 - back.nanos / 1_000_000;
}

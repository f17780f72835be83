/** What is printed, how, and of which relay: what the flags say that do not say which flows. Defaults are filled in. */
export interface ObserveOptions {
  readonly output: "compact" | "dict" | "table" | "jsonpb";
  /** One of the nine names that `--time-format` takes. */
  readonly timeFormat: string;
  readonly colour: "auto" | "always" | "never";
  readonly printNodeName: boolean;
  readonly printPolicyNames: boolean;
  readonly numeric: boolean;
  /** False with {@link numeric}. */
  readonly ipTranslation: boolean;
  /** Paths of fields of a flow; absent: none was given. */
  readonly fieldMask: readonly string[] | undefined;
  readonly useDefaultFieldMasks: boolean;
  /** `-` is standard input. */
  readonly inputFile: string | undefined;
  /** Files of policies, for the rule that is asked for. */
  readonly policyFiles: readonly string[];
  readonly printRawFilters: boolean;
  readonly silentErrors: boolean;
  readonly debug: boolean;
  readonly help: boolean;
  /** The CLI's configuration file. */
  readonly config: string | undefined;
  readonly server: ServerOptions;
}

/** Which relay, and how it is reached. What was not given is absent. */
export interface ServerOptions {
  readonly address?: string;
  readonly timeoutMs?: number;
  readonly requestTimeoutMs?: number;
  readonly tls?: boolean;
  readonly tlsAllowInsecure?: boolean;
  readonly tlsCaCertFiles?: readonly string[];
  readonly tlsClientCertFile?: string;
  readonly tlsClientKeyFile?: string;
  readonly tlsServerName?: string;
  readonly basicAuthUsername?: string;
  readonly basicAuthPassword?: string;
  readonly portForward?: boolean;
  readonly portForwardPort?: number;
  readonly kubeContext?: string;
  readonly kubeNamespace?: string;
  readonly kubeconfig?: string;
}

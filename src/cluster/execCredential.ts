import { spawn } from "node:child_process";
import { ClusterError } from "./clusterError.ts";
import { isMap, listAt, textAt } from "./jsonValue.ts";
import type { KubeconfigEntry } from "./kubeconfig.ts";

/** What a login command answered: a bearer token, a client certificate with its key (PEM), or both. */
export interface ExecCredential {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Absent: good for as long as the connection lives. */
  readonly expiresAtMs?: number;
}

/** More than any credential takes; what a command prints beyond it is nonsense. */
const maxOutputBytes = 1024 * 1024;

/**
 * Runs the login command of a kubeconfig user (`exec`) and reads the credential that it prints. It has no terminal, and is
 * ended with the signal. Throws `ClusterError` of kind `unauthorized`, with what the command said on its error output.
 */
export async function runExecCredential(
  userName: string,
  exec: KubeconfigEntry,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const command = textAt(exec, "command") ?? "";
  const fail = (what: string, cause?: unknown): ClusterError =>
    new ClusterError("unauthorized", `The login command ${command} of the user ${userName} ${what}`, cause);
  if (textAt(exec, "interactiveMode") === "Always") {
    throw fail("needs a terminal. Log in there first, with kubectl for instance.");
  }
  const result = await run(command, exec, signal);
  if ("error" in result) {
    if (textAt(result.error, "code") !== "ENOENT") throw fail("could not be started.", result.error);
    throw fail(
      `is not installed, or not in PATH. ${textAt(exec, "installHint") ?? "Install it and try again."}`,
      result.error,
    );
  }
  if (result.exitCode !== 0) {
    const said = result.errorOutput.trim();
    throw fail(
      `failed (exit status ${result.exitCode ?? "none"})${said === "" ? "." : `: ${said}`}`,
      `exit status ${result.exitCode ?? "none"}`,
    );
  }
  const credential = readCredential(result.output);
  if (!credential) throw fail("did not print an ExecCredential with a token or a client certificate.");
  return credential;
}

type RunResult =
  | { readonly error: Error }
  | { readonly exitCode: number | null; readonly output: string; readonly errorOutput: string };

function run(command: string, exec: KubeconfigEntry, signal: AbortSignal): Promise<RunResult> {
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const entry of listAt(exec, "env")) {
    const name = textAt(entry, "name");
    if (name !== undefined) environment[name] = textAt(entry, "value") ?? "";
  }
  environment["KUBERNETES_EXEC_INFO"] = JSON.stringify({
    kind: "ExecCredential",
    apiVersion: textAt(exec, "apiVersion") ?? "client.authentication.k8s.io/v1",
    spec: { interactive: false },
  });
  const args = listAt(exec, "args").map(String);
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      signal,
      killSignal: "SIGKILL",
      windowsHide: true,
    });
    const output = collect(child.stdout);
    const errorOutput = collect(child.stderr);
    child.on("error", (error) => {
      resolve({ error });
    });
    child.on("close", (exitCode) => {
      resolve({ exitCode, output: output(), errorOutput: errorOutput() });
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxOutputBytes) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}

function readCredential(output: string): ExecCredential | undefined {
  let printed: unknown;
  try {
    printed = JSON.parse(output);
  } catch {
    return undefined;
  }
  const status = isMap(printed) ? printed["status"] : undefined;
  const token = textAt(status, "token");
  const certificate = textAt(status, "clientCertificateData");
  const key = textAt(status, "clientKeyData");
  const expiresAtMs = Date.parse(textAt(status, "expirationTimestamp") ?? "");
  if (token === undefined && (certificate === undefined || key === undefined)) return undefined;
  return {
    ...(token !== undefined && { token }),
    ...(certificate !== undefined && key !== undefined && { certificate, key }),
    ...(!Number.isNaN(expiresAtMs) && { expiresAtMs }),
  };
}

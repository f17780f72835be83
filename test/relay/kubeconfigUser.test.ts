import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { type ApiReply, type ApiServerOptions, openApiServer } from "../../src/cluster/apiServer.ts";
import { chooseContext } from "../../src/cluster/chooseContext.ts";
import { readKubeconfig } from "../../src/cluster/kubeconfig.ts";
import { FakeApiServer } from "../support/fakeApiServer.ts";
import { readyRelay } from "../support/kubernetesObjects.ts";
import { until } from "../support/until.ts";

const never = new AbortController().signal;
const servicePath = "/api/v1/namespaces/kube-system/services/hubble-relay";

let folder = "";
let api: FakeApiServer;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hubble-lens-user-"));
  api = await FakeApiServer.start(readyRelay("relay"));
  await writeFile(join(folder, "token"), "good-token\n");
  const { certificate, key } = await api.authority.issue({ commonName: "jane" });
  await writeFile(join(folder, "jane.crt"), certificate);
  await writeFile(join(folder, "jane.key"), key);
});
after(async () => {
  await api.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A login command that runs this JavaScript. */
function login(script: string, more = ""): string {
  const args = JSON.stringify(["-e", script]);
  return `{ exec: { apiVersion: client.authentication.k8s.io/v1, command: "${process.execPath}", args: ${args}${more} } }`;
}

function printing(status: unknown): string {
  return `console.log(JSON.stringify({ kind: "ExecCredential", status: ${JSON.stringify(status)} }))`;
}

/** Asks for the relay's Service as the user of this YAML; `undefined`: the context names none. */
async function ask(
  user: string | undefined,
  options: ApiServerOptions = {},
  signal: AbortSignal = never,
): Promise<ApiReply> {
  const file = join(folder, "config");
  const kubeconfig = api
    .kubeconfig()
    .replace(/^users: .*$/m, `users: [{ name: jane, user: ${user ?? "{}"} }]`);
  await writeFile(file, user === undefined ? kubeconfig.replace(", user: jane", "") : kubeconfig);
  const server = await openApiServer(chooseContext(await readKubeconfig([file]), undefined), options);
  try {
    return await server.get(servicePath, signal);
  } finally {
    server.dispose();
  }
}

suite("credentials that kubectl takes are taken", () => {
  const cases: readonly [name: string, user: () => string][] = [
    ["a token", () => "{ token: good-token }"],
    ["a token file, which outweighs a token", () => "{ tokenFile: token, token: old }"],
    ["a client certificate in files", () => "{ client-certificate: jane.crt, client-key: jane.key }"],
    [
      "a client certificate in the kubeconfig, which outweighs files",
      () =>
        "{ client-certificate-data: CRT, client-key-data: KEY, client-certificate: gone, client-key: gone }",
    ],
    ["a login command that prints a token", () => login(printing({ token: "good-token" }))],
    [
      "a login command that prints a client certificate",
      () =>
        login(
          'const read = (name) => require("fs").readFileSync(process.env.FOLDER + name, "utf8");' +
            'const status = { clientCertificateData: read("jane.crt"), clientKeyData: read("jane.key") };' +
            "console.log(JSON.stringify({ status }))",
          `, env: [{ name: FOLDER, value: "${folder}/" }]`,
        ),
    ],
    [
      "a login command that asks how it is called",
      () =>
        login(
          "const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);" +
            'const right = info.kind === "ExecCredential" && info.apiVersion === "client.authentication.k8s.io/v1" && info.spec.interactive === false;' +
            'console.log(JSON.stringify({ status: { token: right ? "good-token" : "wrong" } }))',
        ),
    ],
  ];
  for (const [name, user] of cases) {
    test(name, async () => {
      const text = user()
        .replace("CRT", await base64Of("jane.crt"))
        .replace("KEY", await base64Of("jane.key"));
      assert.equal((await ask(text)).status, 200);
    });
  }

  test("a login command is run again when its token has expired, and not before", async () => {
    const count = join(folder, "count");
    const expires = (ms: number): string => new Date(Date.now() + ms).toISOString();
    const cases: readonly [expirationTimestamp: string, runs: number][] = [
      [expires(3_600_000), 1],
      [expires(-1), 2],
    ];
    for (const [expirationTimestamp, runs] of cases) {
      await writeFile(count, "");
      const script = `require("fs").appendFileSync(${JSON.stringify(count)}, "x"); ${printing({ token: "good-token", expirationTimestamp })}`;
      const file = join(folder, "config");
      await writeFile(file, api.kubeconfig().replace('{ token: "good-token" }', login(script)));
      const server = await openApiServer(chooseContext(await readKubeconfig([file]), undefined));
      await server.get(servicePath, never);
      await server.get(servicePath, never);
      server.dispose();
      assert.equal((await readText(count)).length, runs);
    }
  });
});

suite("credentials that do not work say why", () => {
  const command = `The login command ${process.execPath} of the user jane`;
  const cases: readonly [
    name: string,
    user: string | undefined,
    kind: string,
    message: string,
    options?: ApiServerOptions,
  ][] = [
    [
      "no user",
      undefined,
      "unauthorized",
      "The API server of kind-test (URL) does not accept the login of the context kind-test and no user is named in it: it may have expired. " +
        "Log in again (kubectl get pods shows whether it works), then try again.",
    ],
    [
      "a token file that is not there",
      "{ tokenFile: gone }",
      "kubeconfig-invalid",
      "The file FOLDER/gone, which the context kind-test names, cannot be read.",
    ],
    [
      "a login command that is not installed",
      "{ exec: { command: hubble-lens-no-such-login, installHint: Get it from example.com. } }",
      "unauthorized",
      "The login command hubble-lens-no-such-login of the user jane is not installed, or not in PATH. Get it from example.com.",
    ],
    [
      "a login command that fails",
      login('console.error("you have no session"); process.exit(3)'),
      "unauthorized",
      `${command} failed (exit status 3): you have no session`,
    ],
    [
      "a login command that prints something else",
      login('console.log("hello")'),
      "unauthorized",
      `${command} did not print an ExecCredential with a token or a client certificate.`,
    ],
    [
      "a login command that needs a terminal",
      login("0", ", interactiveMode: Always"),
      "unauthorized",
      `${command} needs a terminal. Log in there first, with kubectl for instance.`,
    ],
    [
      "a login command that does not end",
      login("setInterval(() => {}, 1000)"),
      "unauthorized",
      "The login of the user jane did not end within 0.3 s. Log in with kubectl, then try again.",
      { loginTimeoutMs: 300 },
    ],
  ];
  for (const [name, user, kind, message, options] of cases) {
    test(name, async () => {
      const expected = message.replace("URL", api.url).replace("FOLDER", folder);
      await assert.rejects(ask(user, options), { name: "ClusterError", kind, message: expected });
    });
  }

  test("an abort ends the login command", async () => {
    const started = join(folder, "started");
    const script = `require("fs").writeFileSync(${JSON.stringify(started)}, String(process.pid)); setInterval(() => {}, 1000)`;
    const stop = new AbortController();
    const asked = ask(login(script), {}, stop.signal);
    const processId = await until("the command runs", () =>
      readText(started).then(
        (text) => Number(text) || undefined,
        () => undefined,
      ),
    );
    stop.abort(new Error("enough"));
    await assert.rejects(asked, { message: "enough" });
    await until("the command is gone", () => !isRunning(processId));
  });
});

function readText(file: string): Promise<string> {
  return readFile(file, "utf8");
}

async function base64Of(name: string): Promise<string> {
  return Buffer.from(await readText(join(folder, name))).toString("base64");
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

import assert from "node:assert/strict";
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { KubeConfig, PortForward } from "@kubernetes/client-node";
import { FakeApiServer } from "../support/fakeApiServer.ts";
import { readyRelay } from "../support/kubernetesObjects.ts";

const podName = "hubble-relay-5d8f9c-abcde";
const run = promisify(execFile);

let folder = "";
let kubeconfig = "";
let api: FakeApiServer;
let pod: Server;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hubble-lens-kubectl-"));
  api = await FakeApiServer.start(readyRelay(podName));
  kubeconfig = join(folder, "config");
  await writeFile(kubeconfig, api.kubeconfig());
  pod = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  pod.listen(0, "127.0.0.1");
  await once(pod, "listening");
  api.kubelet.serve(podName, 4245, (pod.address() as AddressInfo).port);
});
after(async () => {
  await api.stop();
  pod.close();
  await rm(folder, { recursive: true, force: true });
});

test("the Kubernetes client's own port-forward works against it", async () => {
  const client = new KubeConfig();
  client.loadFromFile(kubeconfig);
  const input = new PassThrough();
  const output = new PassThrough();
  const errors = new PassThrough();
  const socket = await new PortForward(client).portForward(
    "kube-system",
    podName,
    [4245],
    output,
    errors,
    input,
  );
  input.write("hello");
  // The first chunk is what is left of the greeting: nothing.
  const chunks: string[] = [];
  for await (const chunk of output as AsyncIterable<Buffer>) {
    chunks.push(chunk.toString());
    if (chunks.join("") === "hello") break;
  }
  assert.equal(errors.readableLength, 0);
  assert.ok(typeof socket !== "function" && socket);
  socket.close();
});

suite("real kubectl works against it", { skip: kubectlMissing() }, () => {
  const kubectl = (...args: readonly string[]): Promise<{ stdout: string }> =>
    run("kubectl", [...connection(), ...args], { env: environment(), timeout: 30_000 });
  const connection = (): readonly string[] => [
    "--kubeconfig",
    kubeconfig,
    "--cache-dir",
    join(folder, "cache"),
  ];

  const cases: readonly [args: readonly string[], stdout: string][] = [
    [["get", "svc,pods", "-n", "kube-system", "-o", "name"], `service/hubble-relay\npod/${podName}\n`],
    [["get", "po", "-A", "-l", "k8s-app=hubble-relay", "-o", "name"], `pod/${podName}\n`],
    [["get", "pods", "-A", "-l", "k8s-app!=hubble-relay", "-o", "name"], ""],
    [["get", "ns", "-o", "name"], "namespace/kube-system\n"],
    [
      [
        "get",
        "endpointslices",
        "-n",
        "kube-system",
        "-o",
        "jsonpath={.items[*].endpoints[*].targetRef.name}",
      ],
      podName,
    ],
    [
      ["get", "svc", "hubble-relay", "-n", "kube-system", "-o", "jsonpath={.spec.ports[0].targetPort}"],
      "grpc",
    ],
  ];
  for (const [args, stdout] of cases) {
    test(`kubectl ${args.join(" ")}`, async () => {
      assert.equal((await kubectl(...args)).stdout, stdout);
    });
  }

  const refusals: readonly [name: string, arrange: () => void, args: readonly string[], stderr: string][] = [
    [
      "what is not there",
      () => undefined,
      ["get", "pod", "gone", "-n", "kube-system"],
      'Error from server (NotFound): pods "gone" not found\n',
    ],
    [
      "what is not allowed",
      () => api.denied.add("list pods"),
      ["get", "pods", "-n", "kube-system"],
      'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "kube-system"\n',
    ],
    [
      "who is not known",
      () => api.tokens.delete("good-token"),
      ["get", "pods", "-n", "kube-system"],
      "error: You must be logged in to the server (Unauthorized)\n",
    ],
  ];
  for (const [name, arrange, args, stderr] of refusals) {
    test(`kubectl is refused ${name}`, async () => {
      arrange();
      try {
        await assert.rejects(kubectl(...args), (error: Error & { readonly stderr?: string }) => {
          assert.ok(error.stderr?.endsWith(stderr), error.stderr);
          return true;
        });
      } finally {
        api.denied.clear();
        api.tokens.set("good-token", "jane");
      }
    });
  }

  test("kubectl port-forward, through the service", async () => {
    const forward = spawn(
      "kubectl",
      [...connection(), "port-forward", "-n", "kube-system", "svc/hubble-relay", ":80"],
      {
        env: environment(),
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    try {
      const sent = "x".repeat(1 << 20);
      const socket = connect(await portOf(forward), "127.0.0.1");
      socket.write(sent);
      let received = 0;
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        received += chunk.length;
        if (received === sent.length) break;
      }
      assert.equal(received, sent.length);
      assert.equal(api.kubelet.forwards.at(-1), "spdy");
    } finally {
      forward.kill();
      await once(forward, "exit");
    }
  });
});

/** kubectl prints the port that it has chosen, and ends when it cannot forward; its output stays open. */
function portOf(forward: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = "";
    forward.stdout?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const port = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(printed)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    forward.once("exit", () => {
      reject(new Error(`kubectl port-forward has ended: ${printed}`));
    });
  });
}

/** kubectl must neither find another kubeconfig nor leave files in a home. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: folder };
}

function kubectlMissing(): string | false {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "ignore", timeout: 20_000 });
    return false;
  } catch {
    return "kubectl is not installed";
  }
}

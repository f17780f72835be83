import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { ClusterError, type ClusterErrorKind } from "../../src/cluster/clusterError.ts";
import { openRelayPath, type RelayPath, type RelayPathOptions } from "../../src/cluster/openRelayPath.ts";
import { makeCertificateAuthority } from "../support/certificates.ts";
import { FakeApiServer } from "../support/fakeApiServer.ts";
import {
  readyRelay,
  relayEndpoints,
  relayPod,
  relayService,
  relaySlice,
} from "../support/kubernetesObjects.ts";
import { until } from "../support/until.ts";

const podName = "hubble-relay-5d8f9c-abcde";
const never = new AbortController().signal;

let folder = "";
let api: FakeApiServer;
let pod: TcpServer;
const paths: RelayPath[] = [];

interface TcpServer {
  readonly server: Server;
  readonly sockets: Set<Socket>;
  readonly port: number;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "hubble-lens-forward-"));
});
beforeEach(async () => {
  api = await FakeApiServer.start(readyRelay(podName));
  pod = await serveTcp((socket) => socket.pipe(socket));
  api.kubelet.serve(podName, 4245, pod.port);
});
afterEach(async () => {
  for (const path of paths.splice(0)) path.dispose();
  try {
    await until(
      "every connection ends with its path",
      () => api.openConnections === 0 && pod.sockets.size === 0,
    );
  } finally {
    pod.server.close();
    for (const socket of pod.sockets) socket.destroy();
    await api.stop();
  }
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function serveTcp(onSocket: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, sockets, port: (server.address() as AddressInfo).port };
}

/** Opens the way with a kubeconfig of this text; `api`'s own when absent. */
async function open(
  options: Partial<RelayPathOptions> & { readonly kubeconfig?: string; readonly context?: string } = {},
): Promise<RelayPath> {
  const file = join(folder, "config");
  await writeFile(file, options.kubeconfig ?? api.kubeconfig());
  const target = {
    kubeconfigPaths: [file],
    ...(options.context !== undefined && { context: options.context }),
    namespace: "kube-system",
    service: "hubble-relay",
  };
  const path = await openRelayPath(target, {
    signal: never,
    logger: silentLogger,
    onStep: () => undefined,
    ...options,
  });
  paths.push(path);
  return path;
}

/** A kubeconfig whose API server is the pod, which is no API server. */
async function inPlaceOfApiServer(onSocket: (socket: Socket) => void): Promise<string> {
  pod.server.close();
  pod = await serveTcp(onSocket);
  return api.kubeconfig().replace(api.url, `https://127.0.0.1:${pod.port}`);
}

async function readAll(stream: Duplex): Promise<string> {
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

suite("the way to a pod of the relay", () => {
  test("steps, description, and bytes in both directions", async () => {
    const steps: string[] = [];
    const path = await open({ onStep: (step) => steps.push(step) });
    assert.deepEqual(
      { steps, description: path.description, podName: path.podName, servicePort: path.servicePort },
      {
        steps: ["kubeconfig", "find-relay", "port-forward"],
        description: "kind-test · kube-system/hubble-relay",
        podName,
        servicePort: 80,
      },
    );
    const stream = await path.createConnection();
    stream.write("hello ");
    const [answer] = (await once(stream, "data")) as [Buffer];
    assert.equal(answer.toString(), "hello ");
    assert.equal(api.kubelet.forwards.length, 1, "the forward that proved the way is used");
    const another = await path.createConnection();
    another.end("more");
    await readAll(another);
    assert.equal(api.kubelet.forwards.length, 2);
  });

  test("20 MB through a reader that is slow: all of it, in order, without heaping it up", async () => {
    const sent = randomBytes(20 << 20);
    const source = await serveTcp((socket) => socket.end(sent));
    api.kubelet.serve(podName, 4245, source.port);
    const stream = await (await open()).createConnection();
    const hash = createHash("sha256");
    let most = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      most = Math.max(most, stream.readableLength);
      hash.update(chunk);
      await setImmediate();
    }
    assert.equal(hash.digest("hex"), createHash("sha256").update(sent).digest("hex"));
    assert.ok(most < 1 << 20, `${most} bytes were held at once`);
    source.server.close();
  });

  test("a reader that does not read stops the pod, and one that the pod does not read is told to wait", async () => {
    let written = 0;
    const source = await serveTcp((socket) => {
      const chunk = Buffer.alloc(64 << 10);
      const push = (): void => {
        while (written < 64 << 20 && socket.write(chunk)) written += chunk.length;
      };
      socket.on("drain", push);
      // Nothing is read here.
      socket.pause();
      push();
    });
    api.kubelet.serve(podName, 4245, source.port);
    const stream = await (await open()).createConnection();
    let accepted = 0;
    while (accepted < 64 << 20 && stream.write(Buffer.alloc(64 << 10))) accepted += 64 << 10;
    await until("the pod is held back", () => holdsStill(() => written));
    assert.ok(written < 64 << 20, "the pod could write everything");
    assert.ok(accepted < 64 << 20, "everything could be written to the pod");
    stream.destroy();
    source.server.close();
  });

  test("the pod ends the connection: the stream ends, and nothing has failed", async () => {
    const greeter = await serveTcp((socket) => socket.end("bye"));
    api.kubelet.serve(podName, 4245, greeter.port);
    const path = await open();
    const failures: ClusterError[] = [];
    path.onForwardFailed((failure) => failures.push(failure));
    assert.equal(await readAll(await path.createConnection()), "bye");
    assert.deepEqual(failures, []);
    greeter.server.close();
  });

  test("a forward that has ended unused is not handed out", async () => {
    const path = await open();
    await until("the pod is connected", () => pod.sockets.size === 1);
    for (const socket of pod.sockets) socket.end();
    await until("the forward has ended", () => pod.sockets.size === 0 && api.openConnections === 0);
    const stream = await path.createConnection();
    stream.write("hello");
    const [answer] = (await once(stream, "data")) as [Buffer];
    assert.equal(answer.toString(), "hello");
  });

  test("disposing ends what is open and what is asked for later", async () => {
    const path = await open();
    const stream = await path.createConnection();
    path.dispose();
    await once(stream, "close");
    await assert.rejects(path.createConnection(), { name: "AbortError" });
  });
});

suite("where the relay's pod is found", () => {
  const second = "hubble-relay-5d8f9c-fghij";
  const cases: readonly [name: string, arrange: () => void, pod: string, servicePort?: number][] = [
    [
      "the first pod that is ready",
      () => {
        api.setObjects([
          relayService(),
          relayPod(second),
          relayPod(podName),
          relaySlice([
            { name: second, ready: false },
            { name: podName, ready: true },
          ]),
        ]);
      },
      podName,
    ],
    [
      "another ready pod when the first one is gone already",
      () => {
        api.setObjects([
          relayService(),
          relayPod(podName),
          relaySlice([
            { name: second, ready: true },
            { name: podName, ready: true },
          ]),
        ]);
      },
      podName,
    ],
    [
      "in the Endpoints when slices may not be listed",
      () => {
        api.denied.add("list endpointslices");
        api.setObjects([relayService(), relayPod(podName), relayEndpoints([podName])]);
      },
      podName,
    ],
    [
      "among the pods when neither may be read: the port by its name",
      () => {
        api.denied.add("list endpointslices").add("get endpoints");
        api.setObjects([relayService(), relayPod(second, false), relayPod(podName)]);
      },
      podName,
    ],
    [
      "behind port 80 rather than 443",
      () => {
        const ports = [
          { name: "metrics", port: 9966 },
          { name: "tls", port: 443, targetPort: 4243 },
          { name: "", port: 80, targetPort: 4245 },
        ];
        api.setObjects([relayService({ ports }), ...readyRelay(podName).slice(2)]);
      },
      podName,
      80,
    ],
    [
      "behind port 443 when there is no 80",
      () => {
        const ports = [{ port: 443, targetPort: "grpc" }];
        api.setObjects([relayService({ ports }), ...readyRelay(podName).slice(2)]);
      },
      podName,
      443,
    ],
  ];
  for (const [name, arrange, expected, servicePort = 80] of cases) {
    test(name, async () => {
      arrange();
      const path = await open();
      assert.deepEqual({ pod: path.podName, servicePort: path.servicePort }, { pod: expected, servicePort });
    });
  }
});

suite("each failure says what it is, and what to do", () => {
  interface Failure {
    readonly name: string;
    readonly kind: ClusterErrorKind;
    readonly message: string;
    readonly arrange: () => unknown;
    readonly kubeconfig?: () => string | Promise<string>;
    readonly context?: string;
  }
  const nothing = (): void => undefined;
  const apiServer = "The API server of kind-test (https://127.0.0.1:PORT)";
  const forward = `The port-forward to ${podName} in kube-system of kind-test, port 4245,`;
  const cases: readonly Failure[] = [
    {
      name: "an unknown context",
      kind: "context-missing",
      message: "The context prod is not in CONFIG. Choose another one: kind-test.",
      arrange: nothing,
      context: "prod",
    },
    {
      name: "a certificate file that is not there",
      kind: "kubeconfig-invalid",
      message: "The file /nowhere/ca.crt, which the context kind-test names, cannot be read.",
      arrange: nothing,
      kubeconfig: () =>
        api
          .kubeconfig()
          .replace(/certificate-authority-data: "[^"]*"/, 'certificate-authority: "/nowhere/ca.crt"'),
    },
    {
      name: "a token that is not known",
      kind: "unauthorized",
      message:
        `${apiServer} does not accept the login of the context kind-test as jane: it may have expired. ` +
        "Log in again (kubectl get pods shows whether it works), then try again.",
      arrange: nothing,
      kubeconfig: () => api.kubeconfig({ token: "expired" }),
    },
    {
      name: "an API server that is stopped",
      kind: "api-server-unreachable",
      message: `${apiServer} refused the connection. Check that the cluster runs.`,
      arrange: () => api.stop(),
    },
    {
      name: "an API server whose authority is another",
      kind: "api-server-unreachable",
      message: `${apiServer} shows a certificate that its authority in the kubeconfig did not sign. Check certificate-authority there.`,
      arrange: nothing,
      kubeconfig: async () => {
        const other = await makeCertificateAuthority("another");
        return api.kubeconfig({ caData: Buffer.from(other.certificate).toString("base64") });
      },
    },
    {
      name: "a plain server where TLS is expected",
      kind: "api-server-unreachable",
      message: `${apiServer} does not speak TLS as expected. Check the server URL in the kubeconfig.`,
      arrange: nothing,
      kubeconfig: () =>
        inPlaceOfApiServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    },
    {
      name: "a server that closes the connection",
      kind: "api-server-unreachable",
      message: `${apiServer} closed the connection before it answered.`,
      arrange: nothing,
      kubeconfig: () => inPlaceOfApiServer((socket) => socket.destroy()),
    },
    {
      name: "a web page in place of Kubernetes",
      kind: "api-server-unreachable",
      message: `${apiServer} does not answer as Kubernetes does (HTTP 200). Check the server URL in the kubeconfig.`,
      arrange: () => {
        api.mode = "garbage";
      },
    },
    {
      name: "an API server that is silent",
      kind: "api-server-unreachable",
      message: `${apiServer} did not answer within 0.3 s. Check that the cluster runs and that this network reaches it.`,
      arrange: () => {
        api.mode = "silent";
      },
    },
    {
      name: "services may not be read",
      kind: "forbidden",
      message:
        "The user jane may not get services in kube-system of kind-test. " +
        "Ask whoever administers the cluster for it: RBAC must allow it in that namespace.",
      arrange: () => api.denied.add("get services"),
    },
    {
      name: "nothing that leads to pods may be read",
      kind: "forbidden",
      message:
        "The user jane may not list endpointslices (discovery.k8s.io) in kube-system of kind-test. " +
        "Ask whoever administers the cluster for it: RBAC must allow it in that namespace.",
      arrange: () => api.denied.add("list endpointslices").add("get endpoints").add("list pods"),
    },
    {
      name: "port-forward is not allowed",
      kind: "forbidden",
      message:
        "The user jane may not create and get pods/portforward in kube-system of kind-test. " +
        "Ask whoever administers the cluster for it: RBAC must allow it in that namespace.",
      arrange: () => api.denied.add("create pods/portforward"),
    },
    {
      name: "no service of the relay",
      kind: "relay-not-found",
      message:
        "hubble-relay was not found in kube-system of kind-test. " +
        "Hubble Relay is switched on with the Helm values hubble.enabled and hubble.relay.enabled.",
      arrange: () => {
        api.setObjects([]);
      },
    },
    {
      name: "a service without a port",
      kind: "relay-not-found",
      message:
        "The service hubble-relay in kube-system of kind-test has no TCP port: it is not Hubble Relay's. " +
        "Check the service and namespace settings.",
      arrange: () => {
        api.setObjects([relayService({ ports: [] })]);
      },
    },
    {
      name: "no pod that is ready",
      kind: "relay-not-ready",
      message:
        "hubble-relay in kube-system of kind-test has no ready pod. " +
        "See why: kubectl --namespace kube-system get pods --selector k8s-app=hubble-relay",
      arrange: () => {
        api.setObjects([
          relayService(),
          relayPod(podName, false),
          relaySlice([{ name: podName, ready: false }]),
        ]);
      },
    },
    {
      name: "a pod that is gone",
      kind: "port-forward-failed",
      message: `${forward} is not possible: the pod is gone.`,
      arrange: () => {
        api.setObjects([relayService(), relaySlice([{ name: podName, ready: true }])]);
      },
    },
    {
      name: "a node that does not answer",
      kind: "port-forward-failed",
      message: `${forward} was not opened within 0.3 s.`,
      arrange: () => {
        api.kubelet.fault = "silent";
      },
    },
  ];
  for (const { name, kind, message, arrange, kubeconfig, context } of cases) {
    test(name, async () => {
      const text = await (kubeconfig?.() ?? api.kubeconfig());
      await arrange();
      const port = /127\.0\.0\.1:(\d+)/.exec(text)?.[1] ?? "";
      const expected = message.replace("PORT", port).replace("CONFIG", join(folder, "config"));
      await assert.rejects(
        open({ kubeconfig: text, timeoutMs: 300, ...(context !== undefined && { context }) }),
        (error) => {
          assert.ok(error instanceof ClusterError, String(error));
          assert.deepEqual({ kind: error.kind, message: error.message }, { kind, message: expected });
          return true;
        },
      );
    });
  }
});

suite("a forward that breaks says so, once", () => {
  const forward = `The port-forward to ${podName} in kube-system of kind-test, port 4245,`;
  const cases: readonly [
    name: string,
    message: string,
    cause: string,
    arrange: () => void,
    breaks: () => void,
  ][] = [
    [
      "nothing listens in the pod",
      `${forward} failed in the cluster.`,
      `error forwarding port 4245 to pod ${podName}: failed to connect to localhost:4245: connect ECONNREFUSED 127.0.0.1:1`,
      () => {
        api.kubelet.serve(podName, 4245, 1);
      },
      () => undefined,
    ],
    [
      "the node's connection breaks",
      `${forward} was closed by the cluster.`,
      "WebSocket close code 1006",
      () => undefined,
      () => {
        api.kubelet.cutForwards();
      },
    ],
    [
      "the API server is gone",
      `${forward} was closed by the cluster.`,
      "WebSocket close code 1006",
      () => undefined,
      () => {
        api.cutConnections();
      },
    ],
    [
      "a text message",
      `${forward} broke: the cluster sent what is not of its protocol.`,
      "unknown channel or text message",
      () => {
        api.kubelet.fault = "text-message";
      },
      () => undefined,
    ],
    [
      "a channel that is not known",
      `${forward} broke: the cluster sent what is not of its protocol.`,
      "unknown channel or text message",
      () => {
        api.kubelet.fault = "unknown-channel";
      },
      () => undefined,
    ],
    [
      "another port than was asked for",
      `${forward} broke: the cluster forwards another port.`,
      "",
      () => {
        api.kubelet.fault = "other-port";
      },
      () => undefined,
    ],
  ];
  for (const [name, message, cause, arrange, breaks] of cases) {
    test(name, async () => {
      const path = await open();
      await until("the pod is connected", () => pod.sockets.size === 1);
      const failures: ClusterError[] = [];
      path.onForwardFailed((failure) => failures.push(failure));
      await path.createConnection();
      arrange();
      // The second one meets what was arranged; the first one has been open since before.
      const stream = await path.createConnection();
      breaks();
      const [error] = (await once(stream, "error")) as [ClusterError];
      assert.deepEqual(
        { kind: error.kind, message: error.message, cause: error.cause ?? "" },
        { kind: "port-forward-failed", message, cause },
      );
      await until("the stream is closed", () => stream.closed);
      assert.equal(failures.filter((failure) => failure === error).length, 1);
    });
  }
});

suite("an abort ends every wait at once", () => {
  const cases: readonly [name: string, arrange: () => void, step: string][] = [
    [
      "while the API server is silent",
      () => {
        api.mode = "silent";
      },
      "find-relay",
    ],
    [
      "while the node is silent",
      () => {
        api.kubelet.fault = "silent";
      },
      "port-forward",
    ],
  ];
  for (const [name, arrange, step] of cases) {
    test(name, async () => {
      arrange();
      const stop = new AbortController();
      const reason = new Error("changed my mind");
      const started = Date.now();
      const opening = open({
        signal: stop.signal,
        onStep: (entered) => {
          if (entered !== step) return;
          // After the request is on its way.
          void until("the request arrives", () => api.requests.length > 0).then(() => {
            stop.abort(reason);
          });
        },
      });
      await assert.rejects(opening, reason);
      assert.ok(Date.now() - started < 5_000);
    });
  }

  test("before anything", async () => {
    await assert.rejects(open({ signal: AbortSignal.abort(new Error("enough")) }), { message: "enough" });
    assert.deepEqual(api.requests, []);
  });
});

/** Has the number stayed the same for as long as data takes to go round many times? */
async function holdsStill(read: () => number): Promise<boolean> {
  const before = read();
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (read() !== before) return false;
  }
  return before > 0;
}

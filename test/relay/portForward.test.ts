import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, suite, test } from "node:test";
import type { ClusterError } from "../../src/cluster/clusterError.ts";
import { ClusterWithRelay, podName } from "../support/clusterWithRelay.ts";
import type { FakeApiServer } from "../support/fakeApiServer.ts";
import {
  readyRelay,
  relayEndpoints,
  relayPod,
  relayService,
  relaySlice,
} from "../support/kubernetesObjects.ts";
import { until } from "../support/until.ts";

let cluster: ClusterWithRelay;
let api: FakeApiServer;
beforeEach(async () => {
  cluster = await ClusterWithRelay.start();
  ({ api } = cluster);
});
afterEach(() => cluster.end());

async function readAll(stream: Duplex): Promise<string> {
  let text = "";
  for await (const chunk of stream as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}

suite("the way to a pod of the relay", () => {
  test("steps, description, and bytes in both directions", async () => {
    const steps: string[] = [];
    const path = await cluster.open({ onStep: (step) => steps.push(step) });
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
    await cluster.servePod((socket) => socket.end(sent));
    const stream = await (await cluster.open()).createConnection();
    const hash = createHash("sha256");
    let most = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      most = Math.max(most, stream.readableLength);
      hash.update(chunk);
      await setImmediate();
    }
    assert.equal(hash.digest("hex"), createHash("sha256").update(sent).digest("hex"));
    assert.ok(most < 1 << 20, `${most} bytes were held at once`);
  });

  test("a reader that does not read stops the pod, and one that the pod does not read is told to wait", async () => {
    let written = 0;
    await cluster.servePod((socket) => {
      const chunk = Buffer.alloc(64 << 10);
      const push = (): void => {
        while (written < 64 << 20 && socket.write(chunk)) written += chunk.length;
      };
      socket.on("drain", push);
      // Nothing is read here.
      socket.pause();
      push();
    });
    const stream = await (await cluster.open()).createConnection();
    let accepted = 0;
    while (accepted < 64 << 20 && stream.write(Buffer.alloc(64 << 10))) accepted += 64 << 10;
    await until("the pod is held back", () => holdsStill(() => written));
    assert.ok(written < 64 << 20, "the pod could write everything");
    assert.ok(accepted < 64 << 20, "everything could be written to the pod");
    stream.destroy();
  });

  test("the pod ends the connection: the stream ends, and nothing has failed", async () => {
    await cluster.servePod((socket) => socket.end("bye"));
    const path = await cluster.open();
    const failures: ClusterError[] = [];
    path.onForwardFailed((failure) => failures.push(failure));
    assert.equal(await readAll(await path.createConnection()), "bye");
    assert.deepEqual(failures, []);
  });

  test("a forward that has ended unused is not handed out", async () => {
    const path = await cluster.open();
    await until("the pod is connected", () => cluster.pod.sockets.size === 1);
    for (const socket of cluster.pod.sockets) socket.end();
    await until("the forward has ended", () => cluster.pod.sockets.size === 0 && api.openConnections === 0);
    const stream = await path.createConnection();
    stream.write("hello");
    const [answer] = (await once(stream, "data")) as [Buffer];
    assert.equal(answer.toString(), "hello");
  });

  test("disposing ends what is open and what is asked for later", async () => {
    const path = await cluster.open();
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
      const path = await cluster.open();
      assert.deepEqual({ pod: path.podName, servicePort: path.servicePort }, { pod: expected, servicePort });
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
      `${forward} failed in the cluster. See whether the pod is well.`,
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
      const path = await cluster.open();
      await until("the pod is connected", () => cluster.pod.sockets.size === 1);
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
      const opening = cluster.open({
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
    await assert.rejects(cluster.open({ signal: AbortSignal.abort(new Error("enough")) }), {
      message: "enough",
    });
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

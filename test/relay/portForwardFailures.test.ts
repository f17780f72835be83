import assert from "node:assert/strict";
import { afterEach, beforeEach, suite, test } from "node:test";
import { ClusterError, type ClusterErrorKind } from "../../src/cluster/clusterError.ts";
import { makeCertificateAuthority } from "../support/certificates.ts";
import { ClusterWithRelay, podName } from "../support/clusterWithRelay.ts";
import type { FakeApiServer } from "../support/fakeApiServer.ts";
import { relayPod, relayService, relaySlice } from "../support/kubernetesObjects.ts";

let cluster: ClusterWithRelay;
let api: FakeApiServer;
beforeEach(async () => {
  cluster = await ClusterWithRelay.start();
  ({ api } = cluster);
});
afterEach(() => cluster.end());

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
        cluster.servePodAsApiServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    },
    {
      name: "a server that closes the connection",
      kind: "api-server-unreachable",
      message: `${apiServer} closed the connection before it answered.`,
      arrange: nothing,
      kubeconfig: () => cluster.servePodAsApiServer((socket) => socket.destroy()),
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
      const expected = message.replace("PORT", port).replace("CONFIG", cluster.kubeconfigPath);
      await assert.rejects(
        cluster.open({ kubeconfig: text, timeoutMs: 300, ...(context !== undefined && { context }) }),
        (error) => {
          assert.ok(error instanceof ClusterError, String(error));
          assert.deepEqual({ kind: error.kind, message: error.message }, { kind, message: expected });
          return true;
        },
      );
    });
  }
});

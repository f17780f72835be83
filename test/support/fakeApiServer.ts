import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { type CertificateAuthority, makeCertificateAuthority } from "./certificates.ts";
import { type ApiRequest, apiResources, discoveryDocument, parseApiPath } from "./fakeApiPaths.ts";
import { FakeKubelet } from "./fakeKubelet.ts";
import type { KubernetesObject } from "./kubernetesObjects.ts";

/** Reasons of Status objects, by HTTP status. */
const reasons: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  500: "InternalError",
  503: "ServiceUnavailable",
};

interface Reply {
  readonly code: number;
  readonly body: unknown;
}

/**
 * A Kubernetes API server on loopback, for tests: HTTPS with a certificate of its own authority, bearer tokens and client certificates, RBAC by denial,
 * discovery, reading of objects with label selectors, and port-forward over WebSockets and SPDY to local TCP servers. Real
 * kubectl works against it, which is how it is known not to be made to fit.
 */
export class FakeApiServer {
  /** Token → user. */
  readonly tokens = new Map([["good-token", "jane"]]);
  /** What RBAC does not allow: "get services", "create pods/portforward". */
  readonly denied = new Set<string>();
  /** Every request in order: "GET /api/v1/…". */
  readonly requests: string[] = [];
  /** The pods' side of a port-forward. */
  readonly kubelet = new FakeKubelet((namespace, pod) => this.#find("pods", namespace, pod) !== undefined);
  /** `silent`: takes connections and never answers; `garbage`: answers with a web page. */
  mode: "serving" | "silent" | "garbage" = "serving";

  readonly authority: CertificateAuthority;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #objects: readonly KubernetesObject[] = [];

  private constructor(authority: CertificateAuthority, server: Server) {
    this.authority = authority;
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (request, response) => {
      this.#answer(request, response);
    });
    server.on("upgrade", (request, socket, head) => {
      this.#upgrade(request, socket, head);
    });
  }

  static async start(objects: readonly KubernetesObject[] = []): Promise<FakeApiServer> {
    const authority = await makeCertificateAuthority("fake kubernetes");
    const { certificate, key } = await authority.issue({
      commonName: "kube-apiserver",
      dnsNames: ["localhost", "kubernetes.default.svc"],
      ipAddresses: ["127.0.0.1"],
    });
    const server = createServer({
      cert: certificate,
      key,
      // A client certificate is one way to say who one is; without it there are tokens.
      requestCert: true,
      rejectUnauthorized: false,
      ca: authority.certificate,
    });
    const made = new FakeApiServer(authority, server);
    made.setObjects(objects);
    await made.listen(0);
    return made;
  }

  /** Takes connections, again after a pause; port 0 is any free one. */
  async listen(port: number): Promise<void> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  setObjects(objects: readonly KubernetesObject[]): void {
    this.#objects = objects;
  }

  /** A kubeconfig as text, with one context. */
  kubeconfig(
    changes: { readonly token?: string; readonly context?: string; readonly caData?: string } = {},
  ): string {
    const {
      context = "kind-test",
      token = "good-token",
      caData = base64(this.authority.certificate),
    } = changes;
    return [
      "apiVersion: v1",
      "kind: Config",
      `current-context: ${context}`,
      `clusters: [{ name: test, cluster: { server: "${this.url}", certificate-authority-data: "${caData}" } }]`,
      `contexts: [{ name: ${context}, context: { cluster: test, user: jane } }]`,
      `users: [{ name: jane, user: { token: "${token}" } }]`,
      "",
    ].join("\n");
  }

  /** Breaks every connection without a word. */
  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes no connections, and breaks those that are there, until it listens again. */
  async pause(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.cutConnections();
    await once(this.#server, "close");
  }

  async stop(): Promise<void> {
    this.kubelet.stop();
    await this.pause();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    if (this.mode === "silent") return;
    if (this.mode === "garbage") {
      response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Welcome to our VPN</h1>");
      return;
    }
    const { code, body } = this.#reply(request);
    response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  }

  #reply(request: IncomingMessage): Reply {
    const url = new URL(request.url ?? "/", this.url);
    const user = this.#userOf(request);
    if (user === undefined) return failure(401, "Unauthorized");
    const document = discoveryDocument(url.pathname);
    if (document !== undefined) return { code: 200, body: document };
    const asked = parseApiPath(url.pathname);
    if (!asked || asked.subresource !== undefined) {
      return failure(404, "the server could not find the requested resource");
    }
    if (request.method !== "GET" || url.searchParams.has("watch")) {
      return failure(405, "the server does not allow this method on the requested resource", asked);
    }
    const verb = asked.name === undefined ? "list" : "get";
    if (this.denied.has(`${verb} ${asked.resource}`)) {
      return failure(403, forbiddenMessage(user, verb, asked), asked);
    }
    if (asked.name === undefined) {
      return { code: 200, body: this.#list(asked, url.searchParams.get("labelSelector") ?? "") };
    }
    const found = this.#find(asked.resource, asked.namespace, asked.name);
    return found
      ? { code: 200, body: found }
      : failure(404, `${asked.resource} "${asked.name}" not found`, asked);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.requests.push(`${request.method} ${request.url}`);
    socket.on("error", () => socket.destroy());
    if (this.mode === "silent") return;
    const url = new URL(request.url ?? "/", this.url);
    const asked = parseApiPath(url.pathname);
    const pod = asked?.resource === "pods" && asked.subresource === "portforward" ? asked.name : undefined;
    const refused =
      asked && pod !== undefined
        ? this.#refuseForward(request, asked, pod)
        : failure(404, "the server could not find the requested resource");
    if (refused) {
      const body = JSON.stringify(refused.body);
      const status = `HTTP/1.1 ${refused.code} ${reasons[refused.code]}`;
      socket.end(
        `${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      return;
    }
    this.kubelet.forward(request, socket, head, {
      namespace: asked?.namespace ?? "",
      pod: pod ?? "",
      ports: url.searchParams.getAll("ports").map(Number),
    });
  }

  #refuseForward(request: IncomingMessage, asked: ApiRequest, pod: string): Reply | undefined {
    const user = this.#userOf(request);
    if (user === undefined) return failure(401, "Unauthorized");
    // A WebSocket is asked for with GET, SPDY with POST; a server of today wants "create" for both.
    const verbs = request.method === "GET" ? ["get", "create"] : ["create"];
    const missing = verbs.find((verb) => this.denied.has(`${verb} pods/portforward`));
    if (missing !== undefined) {
      const forward = { ...asked, resource: "pods/portforward" };
      return failure(403, forbiddenMessage(user, missing, forward), forward);
    }
    const exists = this.#find("pods", asked.namespace ?? "", pod) !== undefined;
    return exists ? undefined : failure(404, `pods "${pod}" not found`, asked);
  }

  #userOf(request: IncomingMessage): string | undefined {
    const { socket } = request;
    if (socket instanceof TLSSocket && socket.authorized)
      return [socket.getPeerCertificate().subject.CN].flat()[0];
    return this.tokens.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
  }

  #find(resource: string, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#select(resource, namespace).find(({ metadata }) => metadata.name === name);
  }

  #select(resource: string, namespace: string | undefined): readonly KubernetesObject[] {
    const kind = apiResources.find((known) => known.name === resource)?.kind;
    return this.#objects.filter(
      (object) =>
        object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
    );
  }

  #list(asked: ApiRequest, labelSelector: string): unknown {
    const found = this.#select(asked.resource, asked.namespace);
    return {
      kind: `${apiResources.find((known) => known.name === asked.resource)?.kind ?? ""}List`,
      apiVersion: asked.groupVersion,
      metadata: { resourceVersion: "1" },
      items: found.filter((object) => matchesLabels(object, labelSelector)),
    };
  }
}

function matchesLabels({ metadata }: KubernetesObject, selector: string): boolean {
  const terms = selector.split(",").filter((term) => term !== "");
  return terms.every((term) => {
    const [, key = "", operator = "", value = ""] = /^([^=!]+)(==?|!=)(.*)$/.exec(term) ?? [];
    return (metadata.labels?.[key] === value) === (operator !== "!=");
  });
}

function failure(code: number, message: string, asked?: ApiRequest): Reply {
  const body = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason: reasons[code],
    ...(asked && { details: { name: asked.name, kind: asked.resource } }),
    code,
  };
  return { code, body };
}

function forbiddenMessage(
  user: string,
  verb: string,
  { name, namespace, resource, group }: ApiRequest,
): string {
  const what = name === undefined ? `${resource} is` : `${resource} "${name}" is`;
  return `${what} forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

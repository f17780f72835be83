import assert from "node:assert/strict";
import { once } from "node:events";
import { createSecureServer } from "node:http2";
import { connect } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { after, test } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { grpcCodeName } from "../../src/hubble/grpcStatus.ts";
import { type CertificateAndKey, makeCertificateAuthority } from "../support/certificates.ts";
import { begin, callsTo, callWith, finish, runCall, serveHttp2 } from "../support/http2Relay.ts";
import { watchLeaks } from "../support/leakCheck.ts";

after(watchLeaks());

test("a stream that is no socket serves as a connection, and says why it broke", async (t) => {
  let near: Duplex | undefined;
  let far: Duplex | undefined;
  const served = await serveHttp2(t, (stream) => {
    if (served.requests.length === 1) finish(stream, "a");
    else begin(stream, "b");
  });
  const createConnection = async (): Promise<Duplex> => {
    const [ours, theirs] = duplexPair();
    const socket = connect(served.port, "127.0.0.1");
    await once(socket, "connect");
    socket.pipe(theirs).pipe(socket);
    theirs.on("close", () => socket.destroy());
    ours.on("close", () => theirs.destroy());
    [near, far] = [ours, theirs];
    return ours;
  };
  const calls = callsTo(t, 0, { createConnection });
  assert.deepEqual(await runCall(calls), ["OK", "a"]);
  const broken = await calls.run(callWith(), () => {
    near?.destroy(new Error("the pod is gone"));
  });
  assert.deepEqual(
    [grpcCodeName(broken?.code ?? 0), broken?.cause],
    ["UNAVAILABLE", new Error("the pod is gone")],
  );
  const ended = await calls.run(callWith(), () => {
    far?.end();
  });
  assert.deepEqual(grpcCodeName(ended?.code ?? 0), "UNAVAILABLE");
  const never = callsTo(t, 0, { createConnection: () => Promise.reject(new Error("no way there")) });
  const failed = await never.run(callWith(), () => undefined);
  assert.deepEqual(
    [grpcCodeName(failed?.code ?? 0), failed?.cause],
    ["UNAVAILABLE", new Error("no way there")],
  );
});

test("TLS, both sides known by certificates; and each reason why not", async (t) => {
  const [authority, stranger] = await Promise.all([
    makeCertificateAuthority("relay"),
    makeCertificateAuthority("x"),
  ]);
  const name = "instance.hubble-relay.cilium.io";
  const server = await authority.issue({ commonName: name, dnsNames: [name] });
  const client = await authority.issue({ commonName: "client" });
  const served = await serveHttp2(
    t,
    (stream) => {
      const { authorized } = stream.session?.socket as TLSSocket;
      finish(stream, `${authorized}`);
    },
    createSecureServer({
      cert: server.certificate,
      key: server.key,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    }),
  );
  const secure = (servername: string, ca: string, own?: CertificateAndKey) => (): Duplex =>
    connectTls({
      port: served.port,
      host: "127.0.0.1",
      ALPNProtocols: ["h2"],
      servername,
      ca,
      ...(own && { cert: own.certificate, key: own.key }),
    });
  const good = callsTo(t, 0, {
    createConnection: secure(name, authority.certificate, client),
    authority: name,
  });
  assert.deepEqual(await runCall(good), ["OK", "true"]);
  assert.deepEqual([served.requests[0]?.[":scheme"], served.requests[0]?.[":authority"]], ["https", name]);

  const cases: readonly [() => Duplex, RegExp][] = [
    [secure(name, stranger.certificate, client), /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/],
    [secure("other.example", authority.certificate, client), /ERR_TLS_CERT_ALTNAME_INVALID/],
    [secure(name, authority.certificate), /ERR_SSL|ECONNRESET/],
  ];
  for (const [createConnection, code] of cases) {
    const failure = await callsTo(t, 0, { createConnection }).run(callWith(), () => undefined);
    assert.equal(grpcCodeName(failure?.code ?? 0), "UNAVAILABLE");
    assert.match((failure?.cause as NodeJS.ErrnoException).code ?? failure?.details ?? "", code);
  }
});

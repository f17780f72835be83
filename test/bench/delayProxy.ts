// The process of a long way: a TCP proxy that hands on every byte a while after it came, in order.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { serveCalls } from "./benchProcess.ts";

/** What the process can be asked. */
export type DelayCalls = {
  /** Opens a way to an address; answers the address where it begins. */
  readonly open: { params: { address: string; oneWayMs: number }; reply: string };
};

/** More than any window that is measured: the way itself holds nobody back before. */
const mostUnderWayBytes = 64 << 20;

serveCalls<DelayCalls>({
  open: async ({ address, oneWayMs }) => {
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    const server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port, host: "127.0.0.1", noDelay: true });
      forward(near, far, oneWayMs);
      forward(far, near, oneWayMs);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});

function forward(from: Socket, to: Socket, delayMs: number): void {
  const underWay: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  let bytesUnderWay = 0;
  let timer: NodeJS.Timeout | undefined;
  const arrive = () => {
    timer = undefined;
    const nowMs = performance.now();
    let [next] = underWay;
    while (next && next.dueMs <= nowMs && !to.writableNeedDrain) {
      underWay.shift();
      bytesUnderWay -= next.bytes.length;
      to.write(next.bytes);
      [next] = underWay;
    }
    if (bytesUnderWay < mostUnderWayBytes) from.resume();
    // Whoever takes nothing any more says when he does again.
    if (next && !to.writableNeedDrain) timer = setTimeout(arrive, Math.max(1, next.dueMs - nowMs));
  };
  from.on("data", (bytes) => {
    underWay.push({ bytes, dueMs: performance.now() + delayMs });
    bytesUnderWay += bytes.length;
    if (bytesUnderWay >= mostUnderWayBytes) from.pause();
    timer ??= setTimeout(arrive, delayMs);
  });
  to.on("drain", arrive);
  // An end of either side ends both, as far as the benchmark cares.
  from.on("close", () => to.destroy());
  from.on("error", () => to.destroy());
}

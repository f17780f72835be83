import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { isMap } from "./jsonValue.ts";

/** What a connection to an API server needs: credentials, certificates, an agent for its proxy. */
export type ConnectionOptions = RequestOptions;

/** The headers of connection options; the credentials are among them, so they are never logged. */
export function headersOf({ headers }: { readonly headers?: unknown }): OutgoingHttpHeaders {
  return isMap(headers) ? { ...(headers as OutgoingHttpHeaders) } : {};
}

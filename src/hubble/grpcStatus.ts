import { constants } from "node:http2";

/** gRPC's status codes, as its specification numbers them. */
export const grpcCodes = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

const names = Object.keys(grpcCodes);

/** What a status code is called; what is none is called `UNKNOWN`. */
export function grpcCodeName(code: number): string {
  return names[code] ?? "UNKNOWN";
}

/** How a call ended, as gRPC puts it. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** How a call failed. */
export interface GrpcFailure extends GrpcStatus {
  /** Did the other side begin to answer this call in gRPC? */
  readonly answered: boolean;
  /** Did it answer with something that is not gRPC? */
  readonly foreign: boolean;
  readonly cause: Error;
}

/** Headers or trailers as Node has them. */
export type GrpcHeaders = Readonly<Record<string, string | readonly string[] | number | undefined>>;

/**
 * The status in trailers, or in the headers of an answer that is nothing but its end; undefined when they have none.
 * A number that is no status counts as `UNKNOWN`, as the specification has it.
 */
export function statusOfTrailers(trailers: GrpcHeaders): GrpcStatus | undefined {
  const value = textOf(trailers["grpc-status"]);
  if (value === undefined) return undefined;
  const isKnown = /^\d+$/.test(value) && Number(value) < names.length;
  const details = decodeMessage(textOf(trailers["grpc-message"]) ?? "");
  return { code: isKnown ? Number(value) : grpcCodes.UNKNOWN, details };
}

/** What an answer without a gRPC status means by its HTTP status ("HTTP to gRPC Status Code Mapping" of gRPC). */
export function statusOfHttp(httpStatus: number): GrpcStatus {
  return { code: codeOfHttp(httpStatus), details: `it answered with the HTTP status ${httpStatus}` };
}

function codeOfHttp(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return grpcCodes.INTERNAL;
    case 401:
      return grpcCodes.UNAUTHENTICATED;
    case 403:
      return grpcCodes.PERMISSION_DENIED;
    case 404:
      return grpcCodes.UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return grpcCodes.UNAVAILABLE;
    default:
      return grpcCodes.UNKNOWN;
  }
}

/** What a stream that was reset means by HTTP/2's error code ("Errors" in gRPC over HTTP2). */
export function statusOfReset(errorCode: number): GrpcStatus {
  switch (errorCode) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return { code: grpcCodes.UNAVAILABLE, details: "it refused the call" };
    case constants.NGHTTP2_CANCEL:
      return { code: grpcCodes.CANCELLED, details: "it cancelled the call" };
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return { code: grpcCodes.RESOURCE_EXHAUSTED, details: "it asks for fewer calls (ENHANCE_YOUR_CALM)" };
    case constants.NGHTTP2_INADEQUATE_SECURITY:
      return { code: grpcCodes.PERMISSION_DENIED, details: "the connection is not secure enough for it" };
    case constants.NGHTTP2_NO_ERROR:
      return { code: grpcCodes.INTERNAL, details: "it ended the call without a status" };
    default:
      return { code: grpcCodes.INTERNAL, details: `it reset the call (HTTP/2 error ${errorCode})` };
  }
}

function textOf(value: GrpcHeaders[string]): string | undefined {
  return typeof value === "string" ? value : Array.isArray(value) ? String(value[0]) : undefined;
}

/**
 * Percent-encoded UTF-8. What is not well encoded stays as it is, or becomes U+FFFD: a message that is wrong must not
 * hide the status. Node reads headers as Latin-1, so that bytes of UTF-8 that were not encoded come out right too.
 */
function decodeMessage(value: string): string {
  const bytes = value.replaceAll(/%([\da-f]{2})/gi, (_match, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

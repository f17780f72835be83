import { create } from "@bufbuild/protobuf";
import { type ServerUnaryCall, type ServerWritableStream, type sendUnaryData, status } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import {
  type HealthCheckRequest,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
  HealthCheckResponseSchema,
} from "../hubble/gen/grpc/health/v1/health_pb.js";

/** The name under which a relay registers its observer's health, beside the empty one of the whole server. */
const observerName = "hubble.server.Observer";

/** Says that the relay serves: it does so as long as it answers. */
export const healthService: UntypedServiceImplementation = {
  check: (
    call: ServerUnaryCall<HealthCheckRequest, HealthCheckResponse>,
    callback: sendUnaryData<HealthCheckResponse>,
  ) => {
    const { service } = call.request;
    if (isKnown(service)) callback(null, response(ServingStatus.SERVING));
    else callback({ code: status.NOT_FOUND, details: `unknown service ${service}` });
  },
  // The answer never changes, so the stream just stays open until its caller ends it.
  watch: (call: ServerWritableStream<HealthCheckRequest, HealthCheckResponse>) => {
    const known = isKnown(call.request.service);
    call.write(response(known ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN));
  },
};

function isKnown(service: string): boolean {
  return service === "" || service === observerName;
}

function response(servingStatus: ServingStatus): HealthCheckResponse {
  return create(HealthCheckResponseSchema, { status: servingStatus });
}

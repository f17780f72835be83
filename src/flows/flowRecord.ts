/**
 * One flow as numbers, on its way into the columns: written by whoever reads flows, kept by the store. One record is used
 * again and again. Enumerations are Cilium's numbers; what is said to be a number *of* a dictionary is 0 when absent.
 * The fields from `hasIp` on are no columns: they are for those who print a flow without holding it.
 */
export class FlowRecord {
  seconds = 0;
  nanos = 0;
  /** 0 absent, 1 of the usual form (its 16 bytes are in {@link uuid0} and the next ones), 2 any other text. */
  uuidForm: 0 | 1 | 2 = 0;
  /** The first four bytes of the uuid, big-endian, from 0 to 2³² - 1. */
  uuid0 = 0;
  uuid1 = 0;
  uuid2 = 0;
  uuid3 = 0;
  /** The uuid where its form is 2, else empty. */
  uuidText = "";
  eventType = 0;
  eventSubType = 0;
  verdict = 0;
  /** Of `strings`. */
  dropReason = 0;
  trafficDirection = 0;
  /** 0 absent, 1 false, 2 true. */
  isReply = 0;
  flowType = 0;
  /** Of `endpoints`. */
  source = 0;
  destination = 0;
  /** Of `strings`. */
  sourceIp = 0;
  destinationIp = 0;
  ipVersion = 0;
  /** Of `strings`: the side's FQDNs, joined with commas. */
  sourceNames = 0;
  destinationNames = 0;
  /** Of `strings`: `namespace/name`. */
  sourceService = 0;
  destinationService = 0;
  /** Of the table `layer4Protocols`. */
  protocol = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** Bits in the order of `tcpFlags`. */
  tcpFlags = 0;
  l7Type = 0;
  /** Of `l7Records`. */
  l7Record = 0;
  latencyNs = 0;
  /** Of `strings`. */
  nodeName = 0;
  policyMatchType = 0;
  /** Of `attributions`. */
  attribution = 0;
  /** Where in the raw event the two endpoints lie, without their tags and lengths; the end is 0 when there is none. */
  sourceStart = 0;
  sourceEnd = 0;
  destinationStart = 0;
  destinationEnd = 0;
  /** Where in the raw event the text of a uuid of the usual form begins; 0 when that is not told. */
  uuidStart = 0;
  /**
   * Where in the raw event the fields of `attribution`'s key lie, with their tags and lengths, if they lie next to each
   * other; the end is 0 when they do not, or there are none.
   */
  attributionStart = 0;
  attributionEnd = 0;
  /**
   * Where a stretch of the raw event lies that is the same in many flows, such as the fields of the node's labels: the
   * store keeps equal stretches once. The end is 0 when there is none.
   */
  commonStart = 0;
  commonEnd = 0;
  /** Where in the raw event the text of `nodeName` lies, in the flow and, if it is the same, beside it; the end is 0 when not. */
  nodeNameStart = 0;
  nodeNameEnd = 0;
  senderNameStart = 0;
  senderNameEnd = 0;
  /** Where in the raw event the texts of the addresses lie. The end is 0 when there is none. */
  sourceIpStart = 0;
  sourceIpEnd = 0;
  destinationIpStart = 0;
  destinationIpEnd = 0;
  /** Where in the raw event the key of `l7Record` lies. The end is 0 when there is none. */
  l7RecordStart = 0;
  l7RecordEnd = 0;

  /** 1: the flow has addresses, though they may be empty. */
  hasIp = 0;
  encrypted = 0;
  /** 1: the flow tells of a request, though not what it was. */
  hasL7 = 0;
  /** 1: the TCP flags are told, though none may be set. */
  hasTcpFlags = 0;
  authType = 0;
  traceObservationPoint = 0;
  traceReason = 0;
  debugCapturePoint = 0;
  sockXlatePoint = 0;
  proxyPort = 0;
  /** Where in the raw event the text of the summary lies, in UTF-8; empty: there is none. */
  summaryStart = 0;
  summaryEnd = 0;
  /** Where in the raw event these sub-messages lie, without their tags and lengths; the end is 0 when there is none. */
  flowStart = 0;
  flowEnd = 0;
  ethernetStart = 0;
  ethernetEnd = 0;
  ipTraceIdStart = 0;
  ipTraceIdEnd = 0;

  /** Makes everything absent, so that no flow shows what its predecessor said. */
  reset(): void {
    this.seconds = 0;
    this.nanos = 0;
    this.uuidForm = 0;
    this.uuid0 = 0;
    this.uuid1 = 0;
    this.uuid2 = 0;
    this.uuid3 = 0;
    this.uuidText = "";
    this.eventType = 0;
    this.eventSubType = 0;
    this.verdict = 0;
    this.dropReason = 0;
    this.trafficDirection = 0;
    this.isReply = 0;
    this.flowType = 0;
    this.source = 0;
    this.destination = 0;
    this.sourceIp = 0;
    this.destinationIp = 0;
    this.ipVersion = 0;
    this.sourceNames = 0;
    this.destinationNames = 0;
    this.sourceService = 0;
    this.destinationService = 0;
    this.protocol = 0;
    this.sourcePort = 0;
    this.destinationPort = 0;
    this.tcpFlags = 0;
    this.l7Type = 0;
    this.l7Record = 0;
    this.latencyNs = 0;
    this.nodeName = 0;
    this.policyMatchType = 0;
    this.attribution = 0;
    this.sourceStart = 0;
    this.sourceEnd = 0;
    this.destinationStart = 0;
    this.destinationEnd = 0;
    this.uuidStart = 0;
    this.attributionStart = 0;
    this.attributionEnd = 0;
    this.commonStart = 0;
    this.commonEnd = 0;
    this.nodeNameStart = 0;
    this.nodeNameEnd = 0;
    this.senderNameStart = 0;
    this.senderNameEnd = 0;
    this.sourceIpStart = 0;
    this.sourceIpEnd = 0;
    this.destinationIpStart = 0;
    this.destinationIpEnd = 0;
    this.l7RecordStart = 0;
    this.l7RecordEnd = 0;
    this.hasIp = 0;
    this.encrypted = 0;
    this.hasL7 = 0;
    this.hasTcpFlags = 0;
    this.authType = 0;
    this.traceObservationPoint = 0;
    this.traceReason = 0;
    this.debugCapturePoint = 0;
    this.sockXlatePoint = 0;
    this.proxyPort = 0;
    this.summaryStart = 0;
    this.summaryEnd = 0;
    this.flowStart = 0;
    this.flowEnd = 0;
    this.ethernetStart = 0;
    this.ethernetEnd = 0;
    this.ipTraceIdStart = 0;
    this.ipTraceIdEnd = 0;
  }
}

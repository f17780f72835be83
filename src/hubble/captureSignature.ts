import { CaptureError } from "./captureError.ts";

const gzipMark = [0x1f, 0x8b] as const;

/** What other files begin with, and what to do about each. */
const strangers: readonly (readonly [mark: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "a Zip archive: unpack it first"],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd: decompress it first (unzstd)"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "compressed with xz: decompress it first (unxz)"],
  [[0x42, 0x5a, 0x68, 0x39], "compressed with bzip2: decompress it first (bunzip2)"],
  [[0xd4, 0xc3, 0xb2, 0xa1], "a packet capture (pcap), which holds packets, no flows"],
  [[0x0a, 0x0d, 0x0d, 0x0a], "a packet capture (pcapng), which holds packets, no flows"],
  [[0xff, 0xfe], "UTF-16 text, as > makes it in Windows PowerShell: save it as UTF-8"],
  [[0xfe, 0xff], "UTF-16 text: save it as UTF-8"],
];

/** Where a text file holds no NUL: enough to tell one from a program or a picture. */
const looksAt = 4096;

/** What a capture is, for messages. */
export const captureForm =
  "Captures are lines of JSON as hubble observe -o jsonpb prints them or Cilium exports them, plain or gzip.";

/** Do these first bytes of a file say that it is gzip? */
export function isGzip(head: Uint8Array): boolean {
  return startsWith(head, gzipMark);
}

/** Throws a {@link CaptureError} when these first bytes are those of something that is no text at all. */
export function refuseBinary(head: Uint8Array, name: string): void {
  const stranger = strangers.find(([mark]) => startsWith(head, mark));
  if (stranger) throw new CaptureError("not-a-capture", `${name} is ${stranger[1]}. ${captureForm}`);
  if (head.subarray(0, looksAt).includes(0)) {
    throw new CaptureError("not-a-capture", `${name} is a binary file, no capture. ${captureForm}`);
  }
}

function startsWith(head: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => head[index] === byte);
}

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Timestamp } from "../flows/flow.ts";
import { captureBytes } from "./captureBytes.ts";
import { CaptureError, readingError } from "./captureError.ts";
import { CaptureLines } from "./captureFile.ts";
import { captureForm } from "./captureSignature.ts";

/** What a file begins with. */
export interface CaptureHead {
  /** Does it begin with an event, or is it empty? A file that cannot be read is none. */
  readonly isCapture: boolean;
  /** When the first event happened. */
  readonly time?: Timestamp;
}

/** Enough for the first events, or for so much else that it is no capture. */
const headBytes = 256 << 10;
/** More files than anybody selects on purpose. */
const filesAtMost = 5_000;

/** `events-2026-11-22T10-00-00.000.log.gz`: what Cilium's exporter makes of `events.log` when it is full. */
const timeStamped = /^(.+)-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(\.[^.]+)?(?:\.gz)?$/;
const stamp = /-(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})(?:\.[^.]+)?(?:\.gz)?$/;
/** `events.log.2.gz`, `events.log-20261122.gz`: what logrotate makes of it. */
const numbered = /^(.+)(?:\.\d{1,6}|-\d{8}(?:-\d{1,6})?)(?:\.gz)?$/;

/**
 * The rotated set that a file belongs to, with the file: all that lie beside it and came from the same one, in the order
 * of their names. One file when there is no other, or the folder does not tell what is in it. While a file is packed both
 * are there: the packed one is none of the set, then.
 */
export async function rotatedSet(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const current = currentName(basename(path));
  const names = await readdir(folder).catch((error: unknown) => {
    // A file may be read though its folder may not be listed.
    if (readingError(folder, error) instanceof CaptureError) return [];
    throw error;
  });
  const all = new Set(names.filter((name) => currentName(name) === current));
  const isBeingPacked = (name: string) => name.endsWith(".gz") && all.has(name.slice(0, -".gz".length));
  const set = [...all].filter((name) => !isBeingPacked(name)).sort();
  return set.length > 1 ? set.map((name) => join(folder, name)) : [path];
}

/** The time in a rotated file's name, as text that sorts; `undefined` for names that have none. */
export function rotationStamp(path: string): string | undefined {
  return stamp.exec(basename(path))?.[1];
}

/** The name under which a rotated file was written. */
function currentName(name: string): string {
  const stamped = timeStamped.exec(name);
  if (stamped) return `${stamped[1] ?? ""}${stamped[2] ?? ""}`;
  return numbered.exec(name)?.[1] ?? name;
}

/**
 * The capture files behind what somebody chose: a folder stands for the captures that lie directly in it. In the order of
 * the times at which they begin; those of which that is not known by when they were written. A single file is answered as
 * it is, whatever it is. Rejects with a {@link CaptureError} when a folder holds no capture.
 */
export async function captureFiles(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    signal.throwIfAborted();
    const found = await stat(path).catch((error: unknown) => {
      throw readingError(path, error);
    });
    if (found.isDirectory()) files.push(...(await capturesIn(path, signal)));
    else files.push(path);
  }
  const unique = await withoutNamesakes([...new Set(files)]);
  return unique.length > 1 ? byTime(unique, signal) : unique;
}

/** Of several names of one file (links) the first. */
async function withoutNamesakes(files: readonly string[]): Promise<readonly string[]> {
  if (files.length < 2) return files;
  const seen = new Map<string, string>();
  for (const file of files) {
    const found = await stat(file, { bigint: true }).catch(() => undefined);
    // Some file systems number nothing.
    const key = found && found.ino !== 0n ? `${found.dev} ${found.ino}` : file;
    if (!seen.has(key)) seen.set(key, file);
  }
  return [...seen.values()];
}

async function capturesIn(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw readingError(folder, error);
  });
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(folder, entry.name));
  if (files.length > filesAtMost) {
    const message = `${folder} holds ${files.length} files, more than ${filesAtMost}. Select the captures among them.`;
    throw new CaptureError("not-a-capture", message);
  }
  const captures: string[] = [];
  for (const file of files) {
    // One may be gone since, or be a link to nothing: that is no capture, and no reason to read none.
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile() || found.size === 0) continue;
    if ((await captureHead(file, signal)).isCapture) captures.push(file);
  }
  if (captures.length > 0) return captures;
  const looked = files.length === 0 ? "no file" : `${files.length} files, but none with flows`;
  const message = `${folder} is a folder with ${looked} directly in it. ${captureForm}`;
  throw new CaptureError("not-a-capture", message);
}

async function byTime(files: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const dated: { file: string; ms: number }[] = [];
  for (const file of files) {
    const found = await stat(file).catch(() => undefined);
    // What is read from a pipe is gone from it. What is gone itself is told of when it is read.
    const { time } = found?.isFile() ? await captureHead(file, signal) : {};
    dated.push({ file, ms: time ? time.seconds * 1000 + time.nanos / 1e6 : (found?.mtimeMs ?? 0) });
  }
  dated.sort((a, b) => a.ms - b.ms || (a.file < b.file ? -1 : 1));
  return dated.map(({ file }) => file);
}

/** Looks at the beginning of a file. Rejects with the signal's reason only. */
export async function captureHead(path: string, signal: AbortSignal): Promise<CaptureHead> {
  let time: Timestamp | undefined;
  const lines = new CaptureLines((_raw, response) => {
    time ??= response.kind === "flow" ? response.flow.time : response.notice.time;
  });
  let bytes = 0;
  try {
    for await (const chunk of captureBytes(path, { signal }).chunks) {
      lines.push(chunk);
      bytes += chunk.length;
      if (time || bytes >= headBytes) break;
    }
    lines.end();
  } catch (error) {
    signal.throwIfAborted();
    // Whoever opens it is told what is wrong with it.
    if (error instanceof CaptureError) return { isCapture: false };
    throw error;
  }
  const { messages, skipped } = lines.result();
  return { isCapture: bytes === 0 || messages + skipped > 0, ...(time && { time }) };
}

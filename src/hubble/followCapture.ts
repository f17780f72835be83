import { setTimeout } from "node:timers/promises";
import { captureBytes } from "./captureBytes.ts";
import { CaptureError, type CaptureTrouble, readingError } from "./captureError.ts";
import { type CaptureResult, CaptureLines, type OnCaptureEvent } from "./captureFile.ts";
import { captureForm, isGzip, refuseBinary } from "./captureSignature.ts";
import { FollowedFile } from "./followedFile.ts";

/** What following a file is doing. */
export type FollowState =
  /** There is no file of this name, yet or any more. */
  | { readonly kind: "waiting" }
  /** What it holds already is read. */
  | { readonly kind: "catching-up"; readonly bytesRead: number; readonly totalBytes: number }
  /** All that it holds is read. */
  | { readonly kind: "following"; readonly bytesRead: number };

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Called when the state is another one, and with each piece that was read. */
  readonly onState?: (state: FollowState) => void;
  /** Another file took the name, or this one was cut to begin anew; so often until now. */
  readonly onRotation?: (count: number) => void;
  /** How often to look for more, in ms. */
  readonly pollMs?: number;
}

/** What {@link followCapture} read until it was ended; lines are counted over all files that had the name. */
export type FollowResult = CaptureResult & { readonly rotations: number };

const defaultPollMs = 200;
/** A rotated file is read on for so long: who writes may be told late that it has another name. */
const readOnMs = 5_000;
const sliceMs = 8;

/**
 * Reads a file of JSON lines from its beginning and goes on with what is added to it, as `tail -F` does: through rotation,
 * be the file renamed or copied and cut, without a loss and without repetition; a file that is not there is waited for.
 * Ends, with what was read, when the signal aborts. Rejects with a {@link CaptureError}: for what is no text, and for gzip,
 * which is never added to.
 */
export async function followCapture(
  path: string,
  onMessage: OnCaptureEvent,
  options: FollowOptions,
): Promise<FollowResult> {
  const following = new Following(path, onMessage, options);
  try {
    await following.run();
  } catch (error) {
    throw readingError(path, error);
  } finally {
    await following.close();
  }
  return following.result();
}

class Following {
  readonly #path: string;
  readonly #options: FollowOptions;
  readonly #onMessage: OnCaptureEvent;
  #lines: CaptureLines;
  #before: CaptureResult = { messages: 0, skipped: 0, brokenCount: 0, brokenLines: [] };
  #file: FollowedFile | undefined;
  /** The file before, which may still be written to. */
  #old: { readonly file: FollowedFile; readonly untilMs: number; readonly lines: CaptureLines } | undefined;
  /** What was missed. */
  #trouble: CaptureTrouble | undefined;
  #rotations = 0;
  #isWaiting = false;
  #sliceBeganMs = performance.now();

  constructor(path: string, onMessage: OnCaptureEvent, options: FollowOptions) {
    this.#path = path;
    this.#options = options;
    this.#onMessage = onMessage;
    this.#lines = new CaptureLines(onMessage);
  }

  result(): FollowResult {
    const old = this.#old ? [this.#old.lines.result()] : [];
    const results = [this.#before, ...old, this.#lines.result()];
    return {
      messages: sum(results, "messages"),
      skipped: sum(results, "skipped"),
      brokenCount: sum(results, "brokenCount"),
      brokenLines: results.flatMap(({ brokenLines }) => brokenLines).slice(0, 100),
      rotations: this.#rotations,
      ...(this.#trouble && { trouble: this.#trouble }),
    };
  }

  async run(): Promise<void> {
    const { signal, pollMs = defaultPollMs } = this.#options;
    while (!signal.aborted) {
      const found = await this.#look();
      if (found || isAborted(signal)) continue;
      await setTimeout(pollMs, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    await this.#old?.file.close();
  }

  /** Looks once for more; answers whether the file is now another one, and is to be looked at again at once. */
  async #look(): Promise<boolean> {
    await this.#readOld();
    if (!this.#file) {
      this.#file = await this.#open();
      if (this.#file && this.#old) await this.#readMissed(this.#old.file, this.#file);
    }
    const file = this.#file;
    if (!file) {
      if (!this.#isWaiting) this.#options.onState?.({ kind: "waiting" });
      this.#isWaiting = true;
      return false;
    }
    this.#isWaiting = false;
    if (await file.wasCut()) {
      await this.#readRestOfCopy(file);
      file.rewind();
      this.#begin();
    }
    await this.#read(file, this.#lines);
    if (this.#options.signal.aborted) return false;
    this.#options.onState?.({ kind: "following", bytesRead: file.position });
    if (await file.hasItsName()) return false;
    // What was written before the name went to another file.
    await this.#read(file, this.#lines);
    await this.#retireOld();
    this.#old = { file, untilMs: performance.now() + readOnMs, lines: this.#lines };
    this.#file = undefined;
    this.#lines = new CaptureLines(this.#onMessage);
    this.#count();
    return true;
  }

  async #open(): Promise<FollowedFile | undefined> {
    const file = await FollowedFile.open(this.#path);
    try {
      const head = (await file?.head()) ?? new Uint8Array();
      if (isGzip(head)) {
        const message = `${this.#path} is compressed, and compressed files are not added to. Open it as a capture instead.`;
        throw new CaptureError("not-a-capture", message);
      }
      refuseBinary(head, this.#path);
    } catch (error) {
      await file?.close();
      throw error;
    }
    return file;
  }

  async #read(file: FollowedFile, lines: CaptureLines): Promise<void> {
    const { signal, onState } = this.#options;
    for await (const chunk of file.more()) {
      if (signal.aborted) return;
      lines.push(chunk);
      if (file === this.#file)
        onState?.({ kind: "catching-up", bytesRead: file.position, totalBytes: file.size });
      if (performance.now() - this.#sliceBeganMs < sliceMs) continue;
      await setTimeout(0);
      this.#sliceBeganMs = performance.now();
    }
    const { messages, skipped, brokenCount, brokenLines } = lines.result();
    if (messages + skipped + this.#before.messages + this.#before.skipped > 0 || brokenCount < 1000) return;
    const [first] = brokenLines;
    const why = `line ${first?.line ?? 1}: ${first?.message ?? ""}`;
    throw new CaptureError(
      "not-a-capture",
      `${this.#path} holds no flows: no line of it is Hubble's JSON (${why}). ${captureForm}`,
    );
  }

  /** Files that had the name for less time than passes between two looks. */
  async #readMissed(before: FollowedFile, next: FollowedFile): Promise<void> {
    const { signal } = this.#options;
    for (const path of await before.rotatedBefore(next)) {
      try {
        await this.#readWhole(path);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof CaptureError)) throw error;
        // What it held is not to be had; what comes now is.
        this.#trouble ??= { kind: "unreadable", message: error.message };
      }
      this.#begin();
    }
  }

  async #readWhole(path: string): Promise<void> {
    const { signal } = this.#options;
    try {
      for await (const chunk of captureBytes(path, { signal }).chunks) this.#lines.push(chunk);
    } catch (error) {
      // It was packed meanwhile.
      const isGone = error instanceof CaptureError && error.kind === "not-found" && !path.endsWith(".gz");
      if (!isGone) throw error;
      for await (const chunk of captureBytes(`${path}.gz`, { signal }).chunks) this.#lines.push(chunk);
    }
  }

  /** The file was copied and then cut: what was added in between is only in the copy. */
  async #readRestOfCopy(file: FollowedFile): Promise<void> {
    const copy = await file.findCopy();
    if (!copy) return;
    try {
      await this.#read(copy, this.#lines);
    } finally {
      await copy.close();
    }
  }

  async #readOld(): Promise<void> {
    if (!this.#old) return;
    await this.#read(this.#old.file, this.#old.lines);
    // As long as no other file has the name, it is still this one that may be written to.
    if (this.#file && performance.now() > this.#old.untilMs) await this.#retireOld();
  }

  async #retireOld(): Promise<void> {
    if (!this.#old) return;
    const { file, lines } = this.#old;
    this.#old = undefined;
    this.#finish(lines);
    await file.close();
  }

  #begin(): void {
    this.#finish(this.#lines);
    this.#lines = new CaptureLines(this.#onMessage);
    this.#count();
  }

  #finish(lines: CaptureLines): void {
    lines.end();
    const { messages, skipped, brokenCount, brokenLines } = lines.result();
    this.#before = {
      messages: this.#before.messages + messages,
      skipped: this.#before.skipped + skipped,
      brokenCount: this.#before.brokenCount + brokenCount,
      brokenLines: [...this.#before.brokenLines, ...brokenLines].slice(0, 100),
    };
  }

  #count(): void {
    this.#rotations += 1;
    this.#options.onRotation?.(this.#rotations);
  }
}

function sum(results: readonly CaptureResult[], key: "messages" | "skipped" | "brokenCount"): number {
  return results.reduce((total, result) => total + result[key], 0);
}

/** A function, as the signal may have aborted since it was asked last. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CaptureError, readingError } from "./captureError.ts";
import { rotatedSet, rotationStamp } from "./captureSet.ts";

const chunkBytes = 256 << 10;
/** So many bytes before the place that was read to tell this file from another one of its length. */
const fingerprintBytes = 256;

/** A file that has, or had, the name. */
interface RotatedFile {
  readonly path: string;
  readonly inode: bigint;
  readonly writtenNs: bigint;
}

/** A file that others add to: read up to a place, and looked at again for more. */
export class FollowedFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #inode: bigint;
  readonly #device: bigint;
  #position = 0;
  #size = 0;
  /** The last bytes before the place. */
  #fingerprint: Uint8Array = new Uint8Array();

  private constructor(path: string, handle: FileHandle, found: { ino: bigint; dev: bigint }) {
    this.#path = path;
    this.#handle = handle;
    this.#inode = found.ino;
    this.#device = found.dev;
  }

  /** Opens a file at its beginning; `undefined` when there is none. Rejects with a {@link CaptureError}. */
  static async open(path: string): Promise<FollowedFile | undefined> {
    try {
      // Opening a pipe would wait for somebody who writes to it.
      if ((await stat(path)).isFile()) {
        const handle = await open(path, "r");
        return new FollowedFile(path, handle, await handle.stat({ bigint: true }));
      }
    } catch (error) {
      const told = readingError(path, error);
      if (told instanceof CaptureError && told.kind === "not-found") return undefined;
      throw told;
    }
    throw new CaptureError("not-a-file", `${path} is no file that can be followed.`);
  }

  get position(): number {
    return this.#position;
  }

  /** How long it was when it was looked at last. */
  get size(): number {
    return this.#size;
  }

  /** The first bytes. */
  async head(): Promise<Uint8Array> {
    return this.#readAt(0, 4096);
  }

  /** Goes on from the place to the end, which may move meanwhile. */
  async *more(): AsyncGenerator<Uint8Array> {
    for (;;) {
      this.#size = Math.max((await this.#handle.stat()).size, this.#position);
      const chunk = await this.#readAt(this.#position, chunkBytes);
      if (chunk.length === 0) return;
      this.#position += chunk.length;
      const tail = Buffer.concat([this.#fingerprint, chunk.subarray(-fingerprintBytes)]);
      this.#fingerprint = Uint8Array.prototype.slice.call(tail, -fingerprintBytes);
      yield chunk;
    }
  }

  /** Was it cut, or written anew, since the place was reached? */
  async wasCut(): Promise<boolean> {
    const { size } = await this.#handle.stat();
    return size < this.#position || !(await this.#holdsFingerprint());
  }

  /** Begins again at the beginning. */
  rewind(): void {
    this.#position = 0;
    this.#fingerprint = new Uint8Array();
  }

  /** Is it this file that its name leads to? */
  async hasItsName(): Promise<boolean> {
    try {
      const now = await stat(this.#path, { bigint: true });
      return now.ino === this.#inode && now.dev === this.#device;
    } catch (error) {
      const told = readingError(this.#path, error);
      if (told instanceof CaptureError && told.kind === "not-found") return false;
      throw told;
    }
  }

  /**
   * The files that had the name after this one and before `next`, in order: those that were rotated away again before
   * anybody looked. Asked once this file has lost its name, and `next` has it.
   */
  async rotatedBefore(next: FollowedFile): Promise<readonly string[]> {
    const found = await this.#rotated();
    // As long as the next one has the name, no file can have lost it after that one.
    const rotated = (await next.hasItsName()) ? found : await next.#filesBefore(await this.#rotated());
    const others = rotated.filter(({ inode }) => inode !== next.#inode);
    const own = others.find(({ inode }) => inode === this.#inode);
    const ownStamp = own && rotationStamp(own.path);
    if (ownStamp) {
      const stamped = others.filter(({ path }) => (rotationStamp(path) ?? "") > ownStamp);
      return stamped.map(({ path }) => path).sort();
    }
    const { mtimeNs } = await this.#handle.stat({ bigint: true });
    // Compressing an older one gives it a later time.
    const later = others.filter(({ path, inode, writtenNs }) => {
      return inode !== this.#inode && writtenNs > mtimeNs && !path.endsWith(".gz");
    });
    return later.sort((a, b) => Number(a.writtenNs - b.writtenNs)).map(({ path }) => path);
  }

  /** The files of the set, whose names may move while they are listed. */
  async #rotated(): Promise<readonly RotatedFile[]> {
    const found: RotatedFile[] = [];
    for (const path of await rotatedSet(this.#path)) {
      const file = await stat(path, { bigint: true }).catch(() => undefined);
      if (file) found.push({ path, inode: file.ino, writtenNs: file.mtimeNs });
    }
    return found;
  }

  /** Of files that were listed after this one was rotated away, those that were before it. */
  async #filesBefore(files: readonly RotatedFile[]): Promise<readonly RotatedFile[]> {
    const own = files.find(({ inode }) => inode === this.#inode);
    const ownStamp = own && rotationStamp(own.path);
    if (ownStamp) return files.filter(({ path }) => (rotationStamp(path) ?? "\uffff") < ownStamp);
    const { mtimeNs } = await this.#handle.stat({ bigint: true });
    return files.filter(({ writtenNs }) => writtenNs <= mtimeNs);
  }

  /** The copy that was made of this file before it was cut, at the place that was reached here; closed by the caller. */
  async findCopy(): Promise<FollowedFile | undefined> {
    const folder = dirname(this.#path);
    const name = basename(this.#path);
    const stem = name.replace(/\.[^.]*$/, "");
    const names = await readdir(folder);
    for (const other of names.filter((each) => each !== name && each.startsWith(stem))) {
      const copy = await FollowedFile.#openCopy(join(folder, other), this);
      if (copy) return copy;
    }
    return undefined;
  }

  static async #openCopy(path: string, of: FollowedFile): Promise<FollowedFile | undefined> {
    const found = await stat(path).catch(() => undefined);
    const handle = found?.isFile() ? await open(path, "r").catch(() => undefined) : undefined;
    if (!handle) return undefined;
    const copy = new FollowedFile(path, handle, await handle.stat({ bigint: true }));
    copy.#position = of.#position;
    copy.#fingerprint = of.#fingerprint;
    if (of.#position > 0 && (await copy.#holdsFingerprint())) return copy;
    await handle.close();
    return undefined;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #holdsFingerprint(): Promise<boolean> {
    const { length } = this.#fingerprint;
    const now = await this.#readAt(this.#position - length, length);
    return Buffer.compare(now, this.#fingerprint) === 0;
  }

  async #readAt(position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await this.#handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  }
}

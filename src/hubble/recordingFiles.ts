import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

export interface RecordingFilesOptions {
  readonly path: string;
  /** A file that would get longer is renamed and a new one begun; 0: never. */
  readonly maxBytes: number;
  /** So many files are kept, the one that is written included; 0: all. */
  readonly maxFiles: number;
  /** Opens a file that must not be there yet; in place of the file system's. */
  readonly create?: (path: string) => Promise<FileHandle>;
}

export type RecordingErrorKind = "exists" | "no-folder" | "denied" | "disk-full" | "failed";

/** A recording could not be begun, or not be gone on with. The message says what can be done. */
export class RecordingError extends Error {
  readonly kind: RecordingErrorKind;

  constructor(kind: RecordingErrorKind, message: string, cause: unknown) {
    super(message, { cause });
    this.name = "RecordingError";
    this.kind = kind;
  }
}

/**
 * The files of one recording: lines are added to the one at the path; when it is full it is renamed as Cilium's exporter
 * renames its own (`flows-2026-11-22T10-00-00.000.jsonl`), so that opening one offers the whole set. Only files of this
 * recording are ever deleted.
 */
export class RecordingFiles {
  readonly #options: RecordingFilesOptions;
  #handle: FileHandle;
  /** Renamed ones that are kept, oldest first. */
  readonly #full: string[] = [];
  #files = 1;
  /** In all files, deleted ones included. */
  #bytes = 0;
  #fileBytes = 0;

  private constructor(handle: FileHandle, options: RecordingFilesOptions) {
    this.#handle = handle;
    this.#options = options;
  }

  /** Creates the first file; rejects with a {@link RecordingError}, also when it is there already. */
  static async create(options: RecordingFilesOptions): Promise<RecordingFiles> {
    return new RecordingFiles(await createFile(options), options);
  }

  /** Bytes written in all. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Files begun in all. */
  get files(): number {
    return this.#files;
  }

  /** Adds lines, without their ends. After a rejection with a {@link RecordingError} the file holds whole lines only. */
  async append(lines: readonly string[]): Promise<void> {
    try {
      await this.#append(lines);
    } catch (error) {
      throw recordingError(this.#options.path, error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#handle.close();
    } catch (error) {
      throw recordingError(this.#options.path, error);
    }
  }

  async #append(lines: readonly string[]): Promise<void> {
    const { maxBytes } = this.#options;
    let block: string[] = [];
    let blockBytes = 0;
    const flush = async () => {
      await this.#write(Buffer.from(block.join("")));
      block = [];
      blockBytes = 0;
    };
    for (const line of lines) {
      const bytes = Buffer.byteLength(line) + 1;
      const before = this.#fileBytes + blockBytes;
      if (maxBytes > 0 && before > 0 && before + bytes > maxBytes) {
        await flush();
        await this.#rotate();
      }
      block.push(line, "\n");
      blockBytes += bytes;
    }
    await flush();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) {
        written += (await this.#handle.write(bytes, written)).bytesWritten;
      }
    } catch (error) {
      // What was begun of a line goes. When that fails as well, a reader names the line as broken.
      await this.#handle.truncate(this.#fileBytes).catch(() => undefined);
      throw error;
    }
    this.#fileBytes += bytes.length;
    this.#bytes += bytes.length;
  }

  async #rotate(): Promise<void> {
    const { path, maxFiles } = this.#options;
    const own = await this.#handle.stat({ bigint: true });
    await this.#handle.close();
    // Somebody may have moved it away: what has its name now is none of ours.
    const named = await stat(path, { bigint: true }).catch(() => undefined);
    if (named?.ino === own.ino && named.dev === own.dev) {
      const full = await freeName(path, Date.now());
      await rename(path, full);
      this.#full.push(full);
    }
    this.#handle = await createFile(this.#options);
    this.#files += 1;
    this.#fileBytes = 0;
    while (maxFiles > 0 && this.#full.length > maxFiles - 1) {
      const oldest = this.#full.shift();
      // Somebody may have taken it away, or packed it: it is not to be kept anyway.
      if (oldest !== undefined) await rm(oldest, { force: true });
    }
  }
}

async function createFile({ path, create }: RecordingFilesOptions): Promise<FileHandle> {
  try {
    return await (create ? create(path) : open(path, "wx", 0o600));
  } catch (error) {
    throw recordingError(path, error);
  }
}

/** The name for a file that is full, as no other has it. */
async function freeName(path: string, nowMs: number): Promise<string> {
  const extension = extname(path);
  const stem = basename(path, extension);
  for (let ms = nowMs; ; ms++) {
    const stamp = new Date(ms).toISOString().slice(0, -1).replaceAll(":", "-");
    const name = join(dirname(path), `${stem}-${stamp}${extension}`);
    const isTaken = await stat(name).then(
      () => true,
      () => false,
    );
    if (!isTaken) return name;
  }
}

/** What the file system said, in plain words; what is no error of its stays what it is. */
export function recordingError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof RecordingError) return error;
  switch (error.code) {
    case "EEXIST":
      return new RecordingError("exists", `There is a file ${path} already. Choose another name.`, error);
    case "ENOENT":
    case "ENOTDIR":
      return new RecordingError("no-folder", `There is no folder ${dirname(path)}.`, error);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new RecordingError(
        "denied",
        `${path} may not be written (permission denied). Choose another folder.`,
        error,
      );
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new RecordingError(
        "disk-full",
        `There is no room for ${path}: the disk, or your share of it, is full. What was written until then is whole.`,
        error,
      );
    default:
      return new RecordingError("failed", `${path} cannot be written: ${error.message}.`, error);
  }
}

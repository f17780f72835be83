export type CaptureErrorKind = "not-found" | "not-a-file" | "unreadable" | "not-a-capture";

/** A capture could not be read. The message is plain sentences that name the file and say what can be done. */
export class CaptureError extends Error {
  readonly kind: CaptureErrorKind;

  constructor(kind: CaptureErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CaptureError";
    this.kind = kind;
  }
}

/** Why not everything of a file was read, although what was read is good. */
export interface CaptureTrouble {
  /**
   * `cut-off`, `damaged`: gzip that ends too early, or whose bytes are wrong; `truncated`, `deleted`: what others did to the
   * file while it was read (of a deleted one all was read); `unreadable`: the disk failed.
   */
  readonly kind: "cut-off" | "damaged" | "truncated" | "deleted" | "unreadable";
  /** One sentence for people, with the file's name. */
  readonly message: string;
}

/** What the file system said, in plain words; anything else is a bug of the caller's and stays what it is. */
export function readingError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof CaptureError) return error;
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return new CaptureError("not-found", `There is no file ${path}.`, error);
    case "EISDIR":
      return new CaptureError("not-a-file", `${path} is a folder.`, error);
    case "EACCES":
    case "EPERM":
      return new CaptureError(
        "unreadable",
        `${path} may not be read by you (permission denied). Its owner can allow it, or copy it for you.`,
        error,
      );
    default:
      return new CaptureError("unreadable", `${path} cannot be read: ${error.message}.`, error);
  }
}

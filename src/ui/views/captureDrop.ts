import { type DataTransfer, type TreeDragAndDropController, Uri } from "vscode";

/** What the explorer drags is a list of uris; what the system drags is files. */
const mimeTypes = ["text/uri-list", "files"] as const;

/** Lets capture files be dropped on a tree; nothing is dragged out of it. */
export function captureDrop<T>(open: (uris: readonly Uri[]) => unknown): TreeDragAndDropController<T> {
  return {
    dropMimeTypes: mimeTypes,
    dragMimeTypes: [],
    handleDrop: async (_target, data) => {
      const uris = await droppedUris(data);
      if (uris.length > 0) await open(uris);
    },
  };
}

async function droppedUris(data: DataTransfer): Promise<readonly Uri[]> {
  const list = await data.get("text/uri-list")?.asString();
  const listed = list ? uriList(list) : [];
  if (listed.length > 0) return listed.map((each) => Uri.parse(each));
  const files: Uri[] = [];
  for (const [, item] of data) {
    const uri = item.asFile()?.uri;
    if (uri) files.push(uri);
  }
  return files;
}

/** The lines of a `text/uri-list` (RFC 2483) that are no comments. */
function uriList(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));
}

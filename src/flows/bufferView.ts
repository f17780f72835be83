let viewedBytes: Uint8Array = new Uint8Array();
let view: DataView = new DataView(viewedBytes.buffer);

/**
 * A view of the whole buffer that the bytes are in, to read words where they are not aligned. It is made once for all that
 * is asked about bytes of one buffer in a row: making one costs as much as reading 200 bytes.
 */
export function bufferView(bytes: Uint8Array): DataView {
  if (bytes !== viewedBytes) {
    viewedBytes = bytes;
    if (bytes.buffer !== view.buffer) view = new DataView(bytes.buffer);
  }
  return view;
}

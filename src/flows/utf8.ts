const replacement = 0xfffd;
/** So many code points are made text at once: each is an argument of a call. */
const atOnce = 4096;

/** A text's bytes in UTF-8; half of a surrogate pair becomes three bytes of its own, so that no two texts are alike. */
export function writeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  return bytes.subarray(0, writeUtf8Into(text, bytes));
}

/** Writes what {@link writeUtf8} makes into bytes, of which there are three for each 16 bits of the text; answers how many. */
export function writeUtf8Into(text: string, bytes: Uint8Array): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      bytes[length++] = unit;
    } else if (unit < 0x800) {
      bytes[length++] = 0xc0 | (unit >> 6);
      bytes[length++] = 0x80 | (unit & 0x3f);
    } else {
      const point = text.codePointAt(index) ?? unit;
      if (point > 0xffff) {
        index++;
        bytes[length++] = 0xf0 | (point >> 18);
        bytes[length++] = 0x80 | ((point >> 12) & 0x3f);
      } else {
        bytes[length++] = 0xe0 | (point >> 12);
      }
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[length++] = 0x80 | (point & 0x3f);
    }
  }
  return length;
}

/**
 * The text of bytes in UTF-8. What is none becomes U+FFFD in the way of the Encoding standard; a byte-order mark is text.
 */
export function readUtf8(bytes: Uint8Array): string {
  let text = "";
  let points: number[] = [];
  for (let index = 0; index < bytes.length; ) {
    const first = bytes[index++] ?? 0;
    if (first < 0x80) {
      points.push(first);
    } else {
      // The second byte's bounds rule out overlong forms, surrogates and what lies beyond U+10FFFF.
      const more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
      let least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
      let most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
      let point = first & (0x3f >> more);
      let missing = more;
      while (missing > 0) {
        const next = bytes[index] ?? 0;
        if (next < least || next > most) break;
        point = (point << 6) | (next & 0x3f);
        [least, most] = [0x80, 0xbf];
        index++;
        missing--;
      }
      points.push(more === 0 || missing > 0 ? replacement : point);
    }
    if (points.length >= atOnce) {
      text += String.fromCodePoint(...points);
      points = [];
    }
  }
  return text + String.fromCodePoint(...points);
}

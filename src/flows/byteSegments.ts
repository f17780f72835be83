const segmentBytes = 1 << 18;
const noSegment = new DataView(new ArrayBuffer(0));

/**
 * Holds byte strings, oldest out first, in segments of 256 KiB (a longer string gets one of its own). A *place* is where a
 * string lies: places grow, and are never used twice.
 */
export class ByteSegments {
  readonly #segments: DataView[] = [];
  /** A segment that was dropped, to be used again. */
  #spare: DataView | undefined;
  #firstNumber = 0;
  /** The segment that room was last made in, and the place where it begins. */
  newest: DataView = noSegment;
  newestPlace = -segmentBytes;
  /** Bytes used of the newest segment. */
  #used = segmentBytes;
  #bytes = 0;

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where the next string lies at the earliest: every one before it lies before this place. */
  get end(): number {
    return this.newestPlace + Math.min(this.#used, segmentBytes);
  }

  /** Makes room for so many bytes and answers where it begins in {@link newest}. */
  reserve(length: number): number {
    if (this.#used + (length || 1) > this.newest.byteLength) this.#open(length);
    const offset = this.#used;
    this.#used += length;
    return offset;
  }

  /** The segment that a place is in; in it, the place is at {@link offsetOf}. Valid until the segment is dropped. */
  viewAt(place: number): DataView {
    const number = Math.floor(place / segmentBytes);
    const held = this.#segments[number - this.#firstNumber];
    if (!held) throw new Error(`segment ${number} is not held`);
    return held;
  }

  /** Where in its segment a place lies. */
  offsetOf(place: number): number {
    return place - Math.floor(place / segmentBytes) * segmentBytes;
  }

  /** Drops every segment that lies wholly before this place. */
  dropBefore(place: number): void {
    const number = Math.floor(place / segmentBytes);
    while (this.#firstNumber < number && this.#segments.length > 0) {
      const dropped = this.#segments.shift();
      this.#bytes -= dropped?.byteLength ?? 0;
      if (dropped?.byteLength === segmentBytes) this.#spare = dropped;
      this.#firstNumber += 1;
    }
  }

  /** Drops all there is. */
  clear(): void {
    this.dropBefore(Infinity);
    this.#spare = undefined;
    this.newest = noSegment;
    this.#used = segmentBytes;
  }

  #open(length: number): void {
    let segment = length > segmentBytes ? undefined : this.#spare;
    if (segment) this.#spare = undefined;
    else segment = new DataView(new ArrayBuffer(Math.max(segmentBytes, length)));
    this.#segments.push(segment);
    this.newest = segment;
    this.newestPlace += segmentBytes;
    this.#bytes += segment.byteLength;
    this.#used = 0;
  }
}

/** A time as it stands in a file's name: `2026-11-22T10-00-00`, local. */
export function timeStamp(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replaceAll(":", "-");
}

import { type GridPlace, readGridPlace } from "./gridPlace.ts";

/** What is kept while the page is not shown: where the table stands, and what is written but not applied. */
export interface PageMemory {
  readonly place: GridPlace | undefined;
  /** `undefined`: nothing but what is applied. */
  readonly draft: string | undefined;
  keep(kept: { readonly place?: GridPlace; readonly draft?: string | undefined }): void;
}

/** Reads what an earlier life of the page kept; what is none is as good as nothing. */
export function openPageMemory(api: { getState(): unknown; setState(state: unknown): void }): PageMemory {
  const found = api.getState();
  const record =
    typeof found === "object" && found !== null ? (found as Readonly<Record<string, unknown>>) : {};
  const draft = typeof record["draft"] === "string" ? record["draft"] : undefined;
  const place = readGridPlace(record["place"]);
  let now: Readonly<Record<string, unknown>> = { place, draft };
  return {
    place,
    draft,
    keep: (kept) => {
      now = { ...now, ...kept };
      api.setState(now);
    },
  };
}

import type { FilterTexts } from "../../protocol/filterLine.ts";
import type { Translate } from "../translate.ts";

/** What the filter line says by itself. */
export function filterTexts(t: Translate): FilterTexts {
  return {
    filter: t("Filter, as flags of hubble observe"),
    placeholder: t("Filter with flags of hubble observe, such as --verdict DROPPED"),
    clear: t("Clear filter"),
    lists: t("Saved and recent filters"),
    recent: t("Recent"),
    saved: t("Saved"),
    nothingSaved: t("No filter is saved yet."),
    save: t("Save this filter…"),
    removeSaved: t("Remove saved filter"),
    workspace: t("workspace"),
    completions: t("What can be written here"),
    completionCount: t("{0} suggestions"),
    flowCount: t("{0} flows"),
    fix: t("Use {0}"),
    stillShows: t("The table still shows {0}"),
    stillShowsAll: t("The table still shows all flows"),
    terms: t("Terms of the filter"),
    termKeys: t("Enter edits, Space turns it into its opposite, Delete removes it"),
    editTerm: t("{0}: click to edit"),
    removeTerm: t("Remove this term"),
    negateTerm: t("Filter out instead"),
    affirmTerm: t("Filter for instead"),
    not: t("not {0}"),
  };
}

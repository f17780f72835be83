import { html, nothing, type TemplateResult } from "lit";
import type { Problem } from "../../../src/base/problem.ts";
import type { FilterTexts } from "../../../src/protocol/filterLine.ts";
import { fillText } from "../../shared/fillText.ts";

const icons = { error: "error", warning: "warning", hint: "info" } as const;

export interface FilterMessageParts {
  readonly texts: FilterTexts;
  /** What the table shows while the line says something else; `undefined` when they are the same. */
  readonly stillShown: string | undefined;
  readonly onFix: () => void;
}

/** One line under the filter: what is wrong, the way to put it right, and what the table shows meanwhile. */
export function filterMessage(problem: Problem, parts: FilterMessageParts): TemplateResult {
  const { texts, stillShown } = parts;
  return html`<div class="filter-message ${problem.severity}">
    <span class="codicon codicon-${icons[problem.severity]}" aria-hidden="true"></span>
    <span id="filter-problem" class="message" role=${problem.severity === "error" ? "alert" : "status"}
      >${problem.message}</span>
    ${
      problem.fix === undefined
        ? nothing
        : html`<button class="link fix" @click=${parts.onFix}>${fillText(texts.fix, problem.fix)}</button>`
    }
    ${
      stillShown === undefined || problem.severity !== "error"
        ? nothing
        : html`<span class="still">${
            stillShown === "" ? texts.stillShowsAll : fillText(texts.stillShows, stillShown)
          }</span>`
    }
  </div>`;
}

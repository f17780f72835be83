import type { Frame, Locator } from "playwright-core";
import type { Workbench } from "./openWorkbench.ts";
import { until } from "./until.ts";

/** What a person does with the filter line of the panel "Hubble Flows", and reads there. */
export class FilterLineUser {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  async frame(): Promise<Frame> {
    return await this.#workbench.webview("flows-app");
  }

  async input(): Promise<Locator> {
    return (await this.frame()).locator("filter-line input");
  }

  async text(): Promise<string> {
    return await (await this.input()).inputValue();
  }

  /** Empties the line and writes into it, key by key. */
  async write(text: string): Promise<void> {
    const input = await this.input();
    await input.focus();
    await input.fill("");
    await input.pressSequentially(text, { delay: 5 });
  }

  /** Pastes a text in place of what stands in the line, as from a terminal. */
  async paste(text: string): Promise<void> {
    const input = await this.input();
    await input.focus();
    await input.fill("");
    await input.evaluate((element, pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, text);
  }

  /** What is offered now: label and what is said of it. */
  async options(): Promise<readonly string[]> {
    const texts = await (await this.frame()).locator("filter-line .option").allInnerTexts();
    return texts.map((text) => text.replaceAll(/\s+/g, " ").trim());
  }

  /** Waits until the text in the line is as a test wants it. */
  async untilText(what: string, holds: (text: string) => boolean): Promise<string> {
    let seen = "";
    return await until(
      `filter line: ${what}`,
      async () => {
        seen = await this.text();
        return holds(seen) ? seen : undefined;
      },
      20_000,
      () => `seen: ${seen}`,
    );
  }

  /** The terms that are shown while nobody writes, as they are read out. */
  async terms(): Promise<readonly string[]> {
    const terms = (await this.frame()).locator("filter-line .term");
    return await terms.evaluateAll((all) => all.map((term) => term.getAttribute("aria-label") ?? ""));
  }

  /** What is said to be wrong; empty when nothing is. */
  async problem(): Promise<string> {
    const message = (await this.frame()).locator("filter-line .filter-message");
    return (await message.count()) > 0 ? (await message.innerText()).replaceAll(/\s+/g, " ").trim() : "";
  }

  /** Opens VS Code's menu of a place in the panel and takes an item of it. */
  async chooseFromMenu(place: Locator, item: string): Promise<void> {
    const entry = this.#workbench.page.locator(".monaco-menu .action-item").filter({ hasText: item }).first();
    await until(`the menu offers "${item}"`, async () => {
      try {
        await place.click({ button: "right", timeout: 5_000 });
        await entry.waitFor({ timeout: 5_000 });
      } catch {
        await this.#workbench.page.keyboard.press("Escape"); // the row moved on
        return false;
      }
      // A menu takes no click in its first moment, lest it be the end of the one that opened it.
      return await until(
        `the menu takes "${item}"`,
        async () => {
          if (!(await entry.isVisible())) return true;
          await entry.click({ timeout: 1_000 }).catch(() => undefined); // it closes meanwhile
          return false;
        },
        10_000,
      );
    });
  }
}

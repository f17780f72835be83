import type { CaptureFileSummary, EngineSnapshot } from "../../protocol/engine.ts";
import { countText } from "../numberText.ts";
import { fileName, followingText, readingText, targetDescription } from "../session/sessionText.ts";
import type { Translate } from "../translate.ts";

/** What the tab of a capture says, and which buttons it has; the first is the one that is meant. */
export interface CaptureEditorState {
  readonly title: string;
  readonly lines: readonly string[];
  readonly actions: readonly CaptureEditorAction[];
}

/** A button: a command, with the file as its argument where `ofFile`. */
export interface CaptureEditorAction {
  readonly label: string;
  readonly command: string;
  readonly ofFile: boolean;
}

/** As many troubles as fit on a page; the log has all. */
const listed = 8;

/** What the tab of a capture file says while that is what the snapshot says. */
export function captureEditorState(
  { state, source, flows }: EngineSnapshot,
  path: string,
  t: Translate,
): CaptureEditorState {
  const title = fileName(path);
  const text = (label: string, command: string, ofFile = false): CaptureEditorAction => {
    return { label, command: `hubbleLens.${command}`, ofFile };
  };
  const open = text(t("Show Flows of This File"), "openAsCapture", true);
  const again = text(t("Read Again"), "openAsCapture", true);
  const show = text(t("Show Flows"), "showFlows");
  const asText = text(t("Open as Text"), "openAsText", true);
  const log = text(t("Show Log"), "showLog");
  const follow = path.endsWith(".gz") ? [] : [text(t("Follow"), "followAsCapture", true)];
  if (source.kind === "reading" && source.path === path) {
    return { title, lines: [capital(readingText(source, t))], actions: [show, asText] };
  }
  if (source.kind === "following" && source.path === path) {
    return { title, lines: [capital(followingText(source, t))], actions: [show, asText] };
  }
  if (source.kind === "capture") {
    const file = source.summary.files.find((each) => each.path === path);
    if (file || source.summary.path === path) {
      const held = t(
        "{0} flows are held of {1} that were read.",
        countText(flows.held),
        countText(source.summary.flows),
      );
      return { title, lines: [held, ...troubles(file, t)], actions: [show, ...follow, again, asText, log] };
    }
  }
  const lines =
    state.name === "idle"
      ? [t("The panel Hubble Flows does not show this file.")]
      : [
          t(
            "The panel Hubble Flows shows another source: {0}. Opening this file ends that session.",
            targetDescription(state.target, t),
          ),
        ];
  return { title, lines, actions: [open, ...follow, asText, log] };
}

function troubles(file: CaptureFileSummary | undefined, t: Translate): readonly string[] {
  if (!file) return [];
  const broken = file.brokenLines.map(({ line, message }) => t("Line {0}: {1}", line, message));
  const more = file.brokenCount - Math.min(listed, broken.length);
  return [
    ...(file.trouble === undefined ? [] : [file.trouble]),
    ...(file.brokenCount > 0 ? [t("Lines that could not be read: {0}", countText(file.brokenCount))] : []),
    ...broken.slice(0, listed),
    ...(more > 0 && broken.length > 0 ? [t("and {0} more: the log lists them", countText(more))] : []),
  ];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

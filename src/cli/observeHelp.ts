import { observeFlags } from "../flows/language/observeFlags.ts";
import type { FlagGroup, ObserveFlag } from "../flows/language/observeFlag.ts";

/** The groups in the order in which they are told of. */
const groups: readonly (readonly [FlagGroup, heading: string])[] = [
  ["range", "Which stretch"],
  ["filter", "Which flows"],
  ["ours", "Which flows, beyond what the hubble CLI has"],
  ["raw", "Which flows, as JSON"],
  ["output", "What is printed"],
  ["server", "Which relay (TLS and port forwarding are not supported yet)"],
  ["other", "Other"],
];

/** Of these `observe` knows only that it cannot do them yet. */
function isSupported({ group, name }: ObserveFlag): boolean {
  return group === "server" ? name === "server" || name === "timeout" : name !== "config";
}

const introduction = `hubble-lens observe [flags]

Prints flows of a relay, or of a capture (as hubble observe -o jsonpb prints it or Cilium's exporter writes it, plain or
gzip; a folder stands for the captures in it). Values of one flag widen what is shown, different flags narrow it;
--not turns the next flag round. Without --server the relay is that of the environment variable HUBBLE_SERVER.`;

/** The help of `observe`: every flag, grouped, with what it means. */
export function observeHelp(): string {
  const sections = groups.map(([group, heading]) => {
    const flags = observeFlags.filter((flag) => flag.group === group && isSupported(flag));
    return `${heading}:\n${flags.flatMap(flagLines).join("\n")}`;
  });
  return [introduction, ...sections].join("\n\n");
}

const indent = 36;
const width = 120;
/** Longer lists are no help. */
const mostWords = 9;

function flagLines({ name, short, takes, meaning, words = [] }: ObserveFlag): readonly string[] {
  const head = `  ${short === undefined ? "    " : `-${short}, `}--${name}${takes === undefined ? "" : ` ${takes}`}`;
  const choices = takes !== undefined && takes !== "TIME" && words.length > 0 && words.length <= mostWords;
  const lines = wrap(choices ? `${meaning}: ${words.join(", ")}` : meaning);
  const isLong = head.length > indent - 2;
  return [
    ...(isLong ? [head] : []),
    ...lines.map((line, index) => (index === 0 && !isLong ? head : "").padEnd(indent) + line),
  ];
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + word.length >= width) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

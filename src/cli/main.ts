import { readFileSync } from "node:fs";
import { ArgumentError } from "./argumentError.ts";
import { type CommandName, commandHelp, overview } from "./help.ts";

/** Runs a command with its arguments and answers the exit status. */
type Run = (args: readonly string[]) => Promise<number>;

/** Each command is loaded when it is asked for: they have little in common. */
const commands: Readonly<Record<CommandName, () => Promise<Run>>> = {
  observe: async () => (await import("./observe.ts")).runObserve,
  check: async () => (await import("./check.ts")).runCheck,
  tally: async () => (await import("./tally.ts")).runTally,
  "demo-relay": async () => (await import("./demoRelay.ts")).runDemoRelay,
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    console.log(overview());
    return name === undefined ? 1 : 0;
  }
  if (name === "--version") {
    console.log(version());
    return 0;
  }
  if (!isCommand(name)) {
    console.error(`unknown command ${name}; there are ${Object.keys(commands).join(", ")}`);
    return 1;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(commandHelp[name].text);
    return 0;
  }
  try {
    const run = await commands[name]();
    return await run(rest);
  } catch (error) {
    if (!isArgumentError(error)) throw error;
    console.error(`${name}: ${error.message} (hubble-lens ${name} --help tells what it takes)`);
    return 1;
  }
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** Ours, and those of Node's own `parseArgs`. */
function isArgumentError(error: unknown): error is Error {
  if (error instanceof ArgumentError) return true;
  if (!(error instanceof Error) || !("code" in error)) return false;
  return typeof error.code === "string" && error.code.startsWith("ERR_PARSE_ARGS_");
}

/** The manifest lies one folder up from the bundle, and two from the source. */
function version(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
      if (typeof manifest === "object" && manifest !== null && "version" in manifest) {
        return String(manifest.version);
      }
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return "unknown";
}

// Not process.exit(): what was written must have left first.
process.exitCode = await main(process.argv.slice(2));

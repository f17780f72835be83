import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
  readonly pid: number;
  /** The whole command line, its arguments joined by blanks. */
  readonly command: string;
}

/** The processes of this machine whose command line holds a text. */
export function listProcesses(text: string): readonly RunningProcess[] {
  return (existsSync("/proc/self/cmdline") ? readProc() : readPs()).filter(
    ({ pid, command }) => pid !== process.pid && command.includes(text),
  );
}

function readProc(): readonly RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), command }];
      } catch {
        return []; // ended between the two reads
      }
    });
}

function readPs(): readonly RunningProcess[] {
  const lines = execFileSync("ps", ["-axo", "pid=,args="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [, pid = "", command = ""] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), command };
  });
}

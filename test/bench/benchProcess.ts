import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectRoot } from "../../scripts/projectRoot.ts";

/** What a process of the benchmark can be asked: each call with its parameters and its reply. */
export type BenchCalls = Readonly<Record<string, { readonly params: unknown; readonly reply: unknown }>>;

/** How a process of the benchmark answers its calls. */
export type BenchHandlers<Calls extends BenchCalls> = {
  readonly [Name in keyof Calls]: (
    params: Calls[Name]["params"],
  ) => Calls[Name]["reply"] | Promise<Calls[Name]["reply"]>;
};

interface Question {
  readonly id: number;
  readonly name: string;
  readonly params: unknown;
}

interface Answer {
  readonly id: number;
  readonly reply?: unknown;
  readonly failure?: string;
}

/**
 * Answers calls of the process that started this one, until that one is gone. Whatever fails fails the call; what nobody
 * catches ends the process.
 */
export function serveCalls<Calls extends BenchCalls>(handlers: BenchHandlers<Calls>): void {
  const answer = async ({ id, name, params }: Question): Promise<void> => {
    try {
      const handler = handlers[name];
      if (!handler) throw new Error(`no such call: ${name}`);
      process.send?.({ id, reply: await handler(params) } satisfies Answer);
    } catch (error) {
      process.send?.({
        id,
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      } satisfies Answer);
    }
  };
  process.on("message", (question: Question) => void answer(question));
  process.on("disconnect", () => {
    process.exit();
  });
}

/** A process of the benchmark, seen from the one that started it. */
export class BenchProcess<Calls extends BenchCalls> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #pending = new Map<
    number,
    { readonly resolve: (reply: unknown) => void; readonly reject: (error: Error) => void }
  >();
  #nextId = 1;

  /** @param file relative to the project's folder */
  constructor(
    file: string,
    options: { readonly args?: readonly string[]; readonly execArgv?: readonly string[] } = {},
  ) {
    this.#name = file;
    this.#child = fork(join(projectRoot, file), options.args, {
      cwd: projectRoot,
      execArgv: [...(options.execArgv ?? [])],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", (answer: Answer) => {
      const pending = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (answer.failure === undefined) pending?.resolve(answer.reply);
      else pending?.reject(new Error(`${file}: ${answer.failure}`));
    });
    const end = (why: string) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`${file} ${why}`));
      this.#pending.clear();
    };
    this.#child.on("error", (error) => {
      end(error.message);
    });
    this.#child.on("exit", (status, signal) => {
      end(`ended with ${signal ?? status}`);
    });
  }

  /** Asks; rejects when the call fails or the process has ended. */
  async ask<Name extends keyof Calls & string>(
    name: Name,
    params: Calls[Name]["params"],
  ): Promise<Calls[Name]["reply"]> {
    if (!this.#child.connected) throw new Error(`${this.#name} has ended`);
    const id = this.#nextId++;
    return await new Promise<Calls[Name]["reply"]>((resolve, reject) => {
      // The reply's type belongs to the call of this number.
      this.#pending.set(id, { resolve: resolve, reject });
      this.#child.send({ id, name, params } satisfies Question, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Lets it end in order, so that a profile of it is written; kills what does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    if (child.connected) child.disconnect();
    const kill = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(kill);
  }
}

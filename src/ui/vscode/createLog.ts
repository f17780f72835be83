import { window, type LogOutputChannel } from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { Logger } from "../../base/logger.ts";

/** The extension's output channel; VS Code keeps its level and its times. */
export interface Log extends Logger, Disposable {
  show(): void;
}

/** Opens the channel "Hubble Lens". */
export function createLog(): Log {
  const channel: LogOutputChannel = window.createOutputChannel("Hubble Lens", { log: true });
  return {
    debug: (area, message) => {
      channel.debug(`[${area}] ${message}`);
    },
    info: (area, message) => {
      channel.info(`[${area}] ${message}`);
    },
    warn: (area, message) => {
      channel.warn(`[${area}] ${message}`);
    },
    error: (area, message) => {
      channel.error(`[${area}] ${message}`);
    },
    show: () => {
      channel.show(true);
    },
    dispose: () => {
      channel.dispose();
    },
  };
}

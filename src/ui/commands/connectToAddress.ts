import { window } from "vscode";
import { localize as t } from "../vscode/localize.ts";
import { readSetting } from "../vscode/settings.ts";
import type { CommandParts } from "./commandParts.ts";
import { relayAddress } from "./relayAddress.ts";

let lastAddress = "";

/** *Connect to Relay Address…*: asks for `host:port`. */
export async function connectToAddress(parts: CommandParts): Promise<void> {
  const input = await window.showInputBox({
    title: t("Connect to Relay Address"),
    prompt: t("The address of a Hubble Relay, such as localhost:4245"),
    value: lastAddress || readSetting("relay.address") || "localhost:4245",
    validateInput: (value) => (relayAddress(value) ? undefined : t("An address is written host:port.")),
  });
  const address = input === undefined ? undefined : relayAddress(input);
  if (address === undefined) return;
  lastAddress = address;
  await parts.session.connect({ kind: "address", address });
}

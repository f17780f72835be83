import { assertNever } from "../../base/assertNever.ts";
import type { Mismatch } from "../../policy/mismatch.ts";
import type { Translate } from "../translate.ts";

/** Why a rule does not admit a peer, in words that follow the peer's name and a colon. */
export function mismatchText(mismatch: Mismatch, t: Translate): string {
  switch (mismatch.fact) {
    case "nobody":
      return t("the rule admits nobody");
    case "localhost":
      return t("it is the node itself");
    case "label":
      return labelText(mismatch, t);
    case "implied-namespace":
      return t(
        "it is in the namespace {0}, not in {1} as the policy",
        mismatch.found ?? "?",
        mismatch.wanted,
      );
    case "implied-cluster":
      return t("it is in the cluster {0}, not in {1}", mismatch.found ?? "?", mismatch.wanted);
    case "entity":
      return t("it is not of the entity {0}", mismatch.wanted);
    case "inside-cluster":
      return t("it is inside the cluster, where addresses and DNS names do not count");
    case "address":
      if (mismatch.isExcepted) return t("its address {0} is excepted", mismatch.found ?? "?");
      return t("its address {0} is outside of the block", mismatch.found ?? "?");
    case "dns-name":
      return t("no pod has looked it up as {0}", mismatch.wanted);
    case "node":
      return t("it is no such node");
    case "service":
      return t("it does not stand behind the Service");
    case "group":
      return t("it is not of the group");
    case "protocol":
      return t("the rule asks for another protocol than {0}", mismatch.found ?? "?");
    case "port":
      return t("the rule asks for another port than {0}", mismatch.found ?? "?");
    case "icmp-type":
      return t("the rule asks for another ICMP type than {0}", mismatch.found);
    default:
      return assertNever(mismatch);
  }
}

function labelText({ wanted, found }: Mismatch & { readonly fact: "label" }, t: Translate): string {
  const { source, operator, values } = wanted;
  const key = source === "any" ? wanted.key : `${source}:${wanted.key}`;
  switch (operator) {
    case "In":
      return found === undefined
        ? t("it has no label {0}, the rule asks for {1}", key, values.join(", "))
        : t("its label {0} is {1}, the rule asks for {2}", key, found, values.join(", "));
    case "NotIn":
      return t("its label {0} is {1}, which the rule rules out", key, found ?? "?");
    case "Exists":
      return t("it has no label {0}", key);
    case "DoesNotExist":
      return t("it has a label {0}, which the rule rules out", key);
    default:
      return assertNever(operator);
  }
}

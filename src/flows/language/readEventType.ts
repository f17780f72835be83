import type { EventTypeFilter } from "../flowFilter.ts";
import { agentEventNames, eventTypeNumbers } from "./eventTypeNames.ts";
import { tracePoints } from "../tracePoints.ts";
import { maxUint32, readDecimal } from "./goNumber.ts";

/** Reads `TYPE[:SUBTYPE]`, each a name or a number; or says why it is none. */
export function readEventType(value: string): EventTypeFilter | { readonly refused: string } {
  const colon = value.indexOf(":");
  const typeText = colon === -1 ? value : value.slice(0, colon);
  const named = Object.hasOwn(eventTypeNumbers, typeText) ? eventTypeNumbers[typeText] : undefined;
  const type = named ?? readNumber(typeText);
  if (type === undefined) {
    return { refused: `a type is a number, or one of ${Object.keys(eventTypeNumbers).join(", ")}` };
  }
  if (colon === -1) return { type };
  const subTypeText = value.slice(colon + 1);
  // Only after a type's name do sub-types have names.
  const names = subTypeNames(named);
  const index = names.indexOf(subTypeText);
  const subType = index === -1 ? readNumber(subTypeText) : index;
  if (subType !== undefined) return { type, subType };
  const choice = names.length === 0 ? "" : `, or one of ${names.join(", ")}`;
  return { refused: `a sub-type of ${typeText} is a number${choice}` };
}

function subTypeNames(type: number | undefined): readonly string[] {
  if (type === eventTypeNumbers["trace"]) return tracePoints;
  return type === eventTypeNumbers["agent"] ? agentEventNames : [];
}

/** Numbers of 32 bits that the API holds with a sign: those over 2³¹ turn negative. */
function readNumber(text: string): number | undefined {
  const number = readDecimal(text, maxUint32);
  return number === undefined ? undefined : Number(number) | 0;
}

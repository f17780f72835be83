/**
 * The path of a request's URL, decoded and without its query, as Go's `url.ParseRequestURI` reads it (a fragment is part
 * of the path there); `undefined` for what that refuses.
 */
export function requestPath(url: string): string | undefined {
  if (url === "" || hasControlCharacter(url)) return undefined;
  if (url === "*") return "*";
  const scheme = schemeOf(url);
  if (scheme === undefined) return undefined;
  const [rest = ""] = url.slice(scheme === "" ? 0 : scheme.length + 1).split("?", 1);
  if (!rest.startsWith("/")) return scheme === "" ? undefined : "";
  if (scheme === "" || !rest.startsWith("//")) return decode(rest);
  const slash = rest.indexOf("/", 2);
  const end = slash === -1 ? rest.length : slash;
  return isAuthority(rest.slice(2, end)) ? decode(rest.slice(end)) : undefined;
}

/** Empty: none; `undefined`: a colon without anything before it. */
function schemeOf(url: string): string | undefined {
  if (url.startsWith(":")) return undefined;
  return /^([a-zA-Z][-+.0-9a-zA-Z]*):/.exec(url)?.[1] ?? "";
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** `%` must begin an escape; bytes that are no UTF-8 become replacement characters. */
function decode(path: string): string | undefined {
  if (!path.includes("%")) return path;
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return undefined;
  return path.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      // Those bytes are no text.
      return "\ufffd";
    }
  });
}

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  if (at !== -1 && !isUserInfo(authority.slice(0, at))) return false;
  if (host.startsWith("[")) {
    const close = host.lastIndexOf("]");
    return close !== -1 && isPort(host.slice(close + 1)) && isHost(host.slice(0, close + 1));
  }
  const colon = host.lastIndexOf(":");
  return (colon === -1 || isPort(host.slice(colon))) && isHost(host);
}

function isPort(text: string): boolean {
  return /^(?::\d*)?$/.test(text);
}

function isUserInfo(text: string): boolean {
  return /^[-._:~!$&'()*+,;=%@0-9a-zA-Z]*$/.test(text) && !/%(?![0-9a-fA-F]{2})/.test(text);
}

/** Of ASCII only what a host may have; escapes only of what is not ASCII. */
function isHost(text: string): boolean {
  return !/%(?![89a-fA-F][0-9a-fA-F])|[\x00-\x20#/?@\\^`{|}]/.test(text);
}

/** Every field that an expectation may have; a list stands for what its items have, `any` for what is not looked into. */
type Fields = { readonly [name: string]: "any" | Fields };

const place: Fields = { policy: "any", doc: "any", spec: "any", section: "any", index: "any" };

const rule: Fields = {
  ...place,
  match: "any",
  reason: "any",
  accept: "any",
  l4_match: "any",
  toPorts: "any",
  http: "any",
  dns: "any",
  kafka: "any",
  by_version: "any",
  allowed: "any",
  denied: "any",
  l7_allowed: "any",
  l7_denied: "any",
};

const known: Fields = {
  enforced: "any",
  allowed: "any",
  reason: "any",
  verdict: "any",
  hubble: {
    policy_verdict_event: "any",
    verdict: "any",
    drop_reason_desc: "any",
    auth_type: "any",
    before_authentication: { verdict: "any", drop_reason_desc: "any" },
  },
  rules: rule,
  not_selected: place,
  allowed_by: "any",
  denied_by: "any",
  by_version: "any",
  match: "any",
  policy: { allowed: "any", denied: "any" },
  default_deny: "any",
  audited: "any",
  localhost: "any",
  default_allow: "any",
  ignored: "any",
  source: "any",
  why: "any",
  needs: "any",
  rejected_by: "any",
  unknown_fields: "any",
  crd_schema_errors: "any",
  apiserver_error: { field: "any", message: "any" },
  agent: "any",
  sanitize: "any",
  // How an engine writes a pattern is its own business: what the pattern takes is judged.
  regex: "any",
};

/** The fields of an expectation that nobody judges: a case that has any must not pass unnoticed. */
export function unjudgedFields(expectation: unknown, fields: Fields = known): readonly string[] {
  if (Array.isArray(expectation)) return expectation.flatMap((item) => unjudgedFields(item, fields));
  if (typeof expectation !== "object" || expectation === null) return [];
  return Object.entries(expectation).flatMap(([name, value]: [string, unknown]) => {
    const inside = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (inside === undefined) return [name];
    return inside === "any" ? [] : unjudgedFields(value, inside).map((one) => `${name}.${one}`);
  });
}

/**
 * What a server says of keeping its answers: Cache-Control, else Expires (RFC 9111, 4.2.1, 5.2.2, 5.3; RFC 8246 for `immutable`). The cache is
 * of one user: `private` and `s-maxage` are about others.
 */

export interface Policy {
  /** Nothing may be kept. */
  readonly isForbidden: boolean;
  /** Milliseconds for which the object need not be asked for again; 0 where the server does not say, -1 where it always wants to be asked. */
  readonly fresh: number;
}

const longest = 365 * 86_400;

/** The policy of an answer with these headers, in lower case. */
export function policyOf(headers: Readonly<Record<string, string>>): Policy {
  const directives = new Map(
    (headers["cache-control"] ?? "").split(",").map((text) => {
      const [name = "", value = ""] = text.split("=", 2);
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1")];
    }),
  );
  const isForbidden = directives.has("no-store");
  if (isForbidden || directives.has("no-cache")) return { isForbidden, fresh: -1 };
  const seconds = lifetime(directives, headers);
  const left = Math.min(seconds, longest) - (secondsIn(headers["age"]) ?? 0);
  return { isForbidden, fresh: Math.max(0, left) * 1000 };
}

/** Seconds from when an answer was made. What is no number, or no date, is over (RFC 9111, 4.2.1, 5.3). */
function lifetime(
  directives: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string>>,
): number {
  if (directives.has("max-age")) return secondsIn(directives.get("max-age")) ?? 0;
  const { expires, date = "" } = headers;
  if (expires === undefined) return directives.has("immutable") ? longest : 0;
  const made = Date.parse(date);
  const seconds =
    (Date.parse(/ GMT$/.test(expires) ? expires : "") - (Number.isNaN(made) ? Date.now() : made)) / 1000;
  return Number.isNaN(seconds) ? 0 : seconds;
}

function secondsIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

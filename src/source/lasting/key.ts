/**
 * What a cache that lasts knows an object by: its address and who asks for it, without what changes from one signature
 * to the next. Both are only ever used under a hash.
 */
import type { HttpAccess } from "../http-access.js";

/** Address and reader of an object. */
export interface ObjectKey {
  readonly address: string;
  /** Who asks, as far as the credentials tell; empty for anybody. */
  readonly reader: string;
  /** Nothing secret was sent for it. */
  readonly isPublic: boolean;
}

/** How addresses are signed. The names of its parameters are ordinary words for other servers. */
interface Signing {
  /** Each of these names a parameter of an address signed so. */
  readonly marks: readonly RegExp[];
  /** The parameters that change with each signature. */
  readonly volatile: RegExp;
  /** Those that tell who has signed. */
  readonly who?: RegExp;
}

const signings: readonly Signing[] = [
  { marks: [/^x-amz-signature$/i], volatile: /^x-amz-/i, who: /^x-amz-credential$/i },
  { marks: [/^x-goog-signature$/i], volatile: /^x-goog-/i, who: /^x-goog-credential$/i },
  {
    marks: [/^signature$/i, /^(key-pair-id|awsaccesskeyid|googleaccessid)$/i],
    volatile: /^(signature|expires|policy|key-pair-id|awsaccesskeyid|googleaccessid|x-amz-security-token)$/i,
    who: /^(key-pair-id|awsaccesskeyid|googleaccessid)$/i,
  },
  // Azure: the version of the service is a part of each signature.
  {
    marks: [/^sig$/i, /^sv$/i],
    volatile: /^(sig|s[eptrv]|spr|sip|si|sdd|ses|sk[etsv]|skoid|sktid|saoid|suoid|scid)$/i,
    who: /^(skoid|si)$/i,
  },
  { marks: [/^delegation$/i], volatile: /^delegation$/i },
  // A password is easily guessed: not even its hash is kept.
  { marks: [/^(pass|pwd|psw)/i], volatile: /^(pass|pwd|psw)/i },
];

/**
 * The key of the object that `access` asks for with `headers`. Signed anew, the same object has the same key; asked by
 * somebody else, another one.
 */
export function objectKey(access: HttpAccess, headers: Readonly<Record<string, string>>): ObjectKey {
  const url = new URL(access.url);
  const names = [...url.searchParams.keys()];
  const inForce = signings.filter(({ marks }) =>
    marks.every((mark) => names.some((name) => mark.test(name))),
  );
  const readers: string[] = [];
  const kept: [string, string][] = [];
  for (const [name, value] of url.searchParams) {
    // Behind the first slash lie the day and the region.
    if (inForce.some(({ who }) => who?.test(name))) readers.push(value.split("/", 1)[0]!);
    if (!inForce.some(({ volatile }) => volatile.test(name))) kept.push([name, value]);
  }
  for (const [name, value] of Object.entries(headers)) readers.push(...readerIn(name, value));
  // The region of a bucket is learned on the way.
  const host = url.host.replace(/([./]|^)s3\.[a-z0-9-]+\.amazonaws\.com/, "$1s3.amazonaws.com");
  const name = /^https?:/.test(access.href) ? "" : access.href;
  return {
    address: JSON.stringify([name, url.protocol, host, url.pathname, kept]),
    reader: JSON.stringify(readers.sort()),
    // A transport of a store's own may send more: a user's name, a signature.
    isPublic: !access.transport && !access.signed && access.secrets.join("") === "" && inForce.length === 0,
  };
}

/** The key of an object of a store without headers, for the user who has logged in; empty for anybody. */
export function plainKey(href: string, user: string): ObjectKey {
  return { address: JSON.stringify([href]), reader: JSON.stringify([user]), isPublic: user === "" };
}

/** Who asks, by one header: the user, the key, the subject of a token; where it tells none, all of it. */
function readerIn(name: string, value: string): string[] {
  if (/^(x-amz-(date|content-sha256|security-token|request-payer)|host|user-agent)$/.test(name)) return [];
  if (name !== "authorization") return [`${name}: ${value}`];
  const [scheme = "", rest = ""] = value.split(/\s+(.*)/s, 2);
  if (/^aws4/i.test(scheme)) return [/credential=([^/,\s]+)/i.exec(rest)?.[1] ?? rest];
  // A password is no part of a key: whoever has a wrong one is refused by the server.
  if (/^basic$/i.test(scheme)) return [decoded(rest).split(":", 1)[0]!];
  return [subjectOf(rest) ?? value];
}

/** Issuer and subject of a JSON Web Token, which is signed anew every hour. */
function subjectOf(token: string): string | undefined {
  const [, body = ""] = token.split(".");
  try {
    const { iss, sub } = JSON.parse(decoded(body.replaceAll("-", "+").replaceAll("_", "/"))) as Record<
      string,
      unknown
    >;
    return typeof sub === "string" ? JSON.stringify([iss, sub]) : undefined;
  } catch {
    return undefined;
  }
}

function decoded(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  } catch {
    return base64;
  }
}

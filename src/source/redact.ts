/**
 * What may be shown of addresses, headers and other people's words: everything but secrets, which are known by the
 * names that they go by, and by their values, which a server may repeat anywhere.
 */
import { checkText } from "../argument.js";

const secretName =
  /sig(nature)?$|token|secret|passw|passphrase|^(pass|pwd|psw|key|policy|code|sid|sas|otp|__gda__)$|^hdn|credential|auth|jwt|hmac|saml|delegation|assertion|ticket|bearer|cookie|session|key$|^pw$|access-?_?(key|id)|key-pair/i;
const secretHeader = /auth|cookie|token|secret|key|signature|credential|password|session/i;
/** Headers whose values are ordinary words, which turn up anywhere. */
const plainHeader =
  /^(accept|host|origin|referer|user-agent|cache-control|pragma|x-forwarded-|x-amz-(date|content|request))/i;

/** Shorter values are looked for nowhere: they would be found everywhere. */
const shortestSecret = 4;
/** Most characters that are quoted of what a server or client says. */
const longestQuote = 200;
const urls = /https?:\/\/[^\s"'<>]+/gi;

/** `url` without user name, password and fragment, and with `***` for the value of every parameter that may be secret. */
export function showUrl(url: string): string {
  const [address = "", query] = url.replace(/#.*$/s, "").split(/\?(.*)/s, 2);
  const open = address
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, "$1")
    .replace(/;[^;/]+/g, (parameter) => `;${showParameter(parameter.slice(1))}`);
  return query === undefined ? open : `${open}?${query.replace(/[^&;]+/g, showParameter)}`;
}

/** The same of what is no URL: there is no telling where its password ends. */
export function showNoUrl(text: string): string {
  return showUrl(text.replace(/\/\/.*@/s, "//"));
}

/**
 * An address as logs may show it: without user name and password, and with `***` for the value of every parameter that may be
 * secret (signatures, keys, tokens). Paths stay as they are.
 */
export function showAddress(address: string): string {
  checkText(address, "an address");
  if (!/^[a-z][a-z0-9+.-]+:/i.test(address) || /^file:/i.test(address)) return address;
  const shown = URL.canParse(address) ? showUrl(address) : showNoUrl(address);
  // What stands before the @ is a container of Azure.
  const [, container = ""] = /^abfss?:\/\/([\w$-]*@)/i.exec(address) ?? [];
  return container === "" ? shown : shown.replace("//", () => `//${container}`);
}

function showParameter(parameter: string): string {
  return secretIn(parameter) === undefined ? parameter : `${parameter.split("=", 1)[0]}=***`;
}

/** The value of a parameter `name=value` where it may be secret. */
function secretIn(parameter: string): string | undefined {
  const [name = "", value] = parameter.split(/=(.*)/s, 2);
  if (value === undefined) return undefined;
  // An address within the address may hold a secret, too.
  const inner = decode(value);
  const isSecret = secretName.test(decode(name)) || (/[?@]/.test(inner) && showUrl(inner) !== inner);
  return isSecret ? value : undefined;
}

export function isSecretHeader(name: string): boolean {
  return secretHeader.test(name);
}

/** A text with `***` in place of every secret that is known. */
export type Hide = (text: string) => string;

/**
 * Hides these secrets, as they stand and percent-encoded. A text that holds one in another form (percent-encoded twice, base64) is hidden as a
 * whole.
 */
export function hiding(secrets: Iterable<string>): Hide {
  const all = new Set<string>();
  for (const secret of secrets) {
    for (const form of [secret, decode(secret), encode(secret)])
      if (form.length >= shortestSecret) all.add(form);
  }
  // A secret may hold another one.
  const sorted = [...all].sort((a, b) => b.length - a.length);
  return (text) => {
    const shown = sorted.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
    const meant = sorted[0] ? decodedForms(shown) : "";
    return sorted.some((secret) => meant.includes(secret)) ? "***" : shown;
  };
}

/** What a text means where it is percent-encoded once or twice, and what its words mean as base64. */
function decodedForms(text: string): string {
  const percent = /(%[\da-f]{2})+/gi;
  const words = text.match(/[\w+/-]{6,}/g) ?? [];
  return [text.replace(percent, decode).replace(percent, decode), ...words.map(decodeBase64)].join(" ");
}

/** What nobody else may see of headers that a user sends: their values, and the key behind the word `Bearer`. */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (plainHeader.test(name)) return [];
    const [, scheme, rest = ""] = /^(\S+)\s+(.+)$/s.exec(value) ?? [];
    if (scheme?.toLowerCase() !== "basic") return [value, rest];
    const pair = decodeBase64(rest);
    return [value, rest, pair, pair.slice(pair.indexOf(":") + 1)];
  });
}

/** What nobody else may see of an address: its password, and the values of parameters that may be secret. */
export function secretsOfUrl(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { password, search, pathname } = new URL(url);
  const parameters = [...search.slice(1).split(/[&;]/), ...pathname.split(/[;/]/)];
  return [password, ...parameters.map((parameter) => secretIn(parameter) ?? "")];
}

/** What a server or client says, fit to be quoted in an error: one short line of printable characters, no secret. */
export function quoted(text: unknown, hide: Hide): string {
  const shown = hide(String(text))
    .replace(urls, showUrl)
    .replace(/\s+/g, " ")
    .replace(/[^ -~]/g, "?");
  return shown.length > longestQuote ? `${shown.slice(0, longestQuote)}...` : shown;
}

/** Whether there is nothing in a text that has to be hidden. */
export function isOpen(text: string, hide: Hide): boolean {
  return hide(text).replace(urls, showUrl) === text;
}

/** Percent-decoded, or as it is where that cannot be. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

function decodeBase64(text: string): string {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  } catch {
    return "";
  }
}

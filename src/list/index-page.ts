/**
 * Index pages, as Apache, nginx, lighttpd and simpler servers make them, in HTML; and nginx's in JSON.
 */
import { decode } from "../source/redact.js";
import { unescaped } from "./markup.js";

/** A name on an index page. */
export interface Indexed {
  /** Percent-encoded, relative to the page; of a folder with its `/`. */
  readonly link: string;
  readonly isFolder: boolean;
  readonly size?: number | undefined;
  readonly sizeAbout?: number | undefined;
  readonly modified?: Date | undefined;
}

/**
 * The names that the page at `base` (which ends in `/`) lists: links to what lies directly below it, and no others.
 * Undefined for what is no index page.
 */
export function indexedNames(page: string, base: string): Indexed[] | undefined {
  const start = page.trimStart().slice(0, 1000);
  if (start.startsWith("[")) return jsonNames(page, base);
  if (!/^(<!doctype html|<html|<head|<pre|<ul|<table|<!--)/i.test(start) || !/<a\s/i.test(page))
    return undefined;
  return htmlNames(page, base);
}

function jsonNames(page: string, base: string): Indexed[] | undefined {
  let rows: unknown;
  try {
    rows = JSON.parse(page);
  } catch {
    return undefined;
  }
  if (!Array.isArray(rows)) return undefined;
  const found: Indexed[] = [];
  for (const row of rows as (Readonly<Record<string, unknown>> | null)[]) {
    if (typeof row?.["name"] !== "string") return undefined;
    const isFolder = row["type"] === "directory";
    const link = linkBelow(encodeURIComponent(row["name"]) + (isFolder ? "/" : ""), base);
    if (link === undefined) continue;
    const { size, mtime } = row;
    found.push({
      ...{ link, isFolder },
      ...(Number.isSafeInteger(size) && { size: Number(size) }),
      ...dated(String(mtime)),
    });
  }
  return found;
}

function htmlNames(page: string, base: string): Indexed[] {
  const found = new Map<string, Indexed>();
  const parts = page.split(/<a\s/i);
  for (const part of parts.slice(1)) {
    const end = part.indexOf(">");
    const [, double, single, bare] =
      /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(part.slice(0, end)) ?? [];
    const href = double ?? single ?? bare;
    const link = href === undefined ? undefined : linkBelow(unescaped(href.trim()), base);
    if (link === undefined) continue;
    const isFolder = link.endsWith("/");
    // What stands behind the link, up to the next row: date and size, with tags between them or without.
    const close = part.search(/<\/a>/i);
    const behind = close < 0 ? "" : part.slice(close, close + 400).replace(/<[^>]*>/g, " ");
    // A picture may be a link to the same, in front of the name.
    found.set(link, { link, isFolder, ...found.get(link), ...factsIn(behind, isFolder) });
  }
  return [...found.values()];
}

/** A link to a name directly below `base`, relative to it; undefined for any other. Servers differ in what they encode. */
function linkBelow(href: string, base: string): string | undefined {
  if (/[?#]/.test(href) || !URL.canParse(href, base)) return undefined;
  const { origin, pathname } = new URL(href, base);
  const folder = new URL(base);
  const link = /[^/]*\/?$/.exec(pathname)![0];
  const isBelow = decode(pathname.slice(0, pathname.length - link.length)) === decode(folder.pathname);
  if (origin !== folder.origin || !isBelow) return undefined;
  const name = decode(link.replace(/\/$/, ""));
  return name === "" || name === "." || name === ".." || /[/\0]/.test(name) ? undefined : link;
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** `2026-11-30 20:43`, `30-Nov-2026 20:43`, `2026-Nov-30 20:43:19`, then `12345`, `1.2M` or `-`. */
function factsIn(text: string, isFolder: boolean): Partial<Indexed> {
  const date =
    /(\d{4})-(\d\d|[A-Z][a-z]{2})-(\d\d) (\d\d:\d\d(?::\d\d)?)|(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d:\d\d(?::\d\d)?)/.exec(
      text,
    );
  if (!date) return {};
  const [whole, year = date[7]!, month = date[6]!, day = date[5]!, time = date[8]!] = date;
  const number = /\d/.test(month) ? month : String(months.indexOf(month) / 3 + 1).padStart(2, "0");
  const modified = dated(`${year}-${number}-${day}T${time}Z`);
  if (isFolder) return modified;
  const [, digits, unit] =
    /^\s*([\d.]+)\s*([KMGTP]?)i?B?(?:\s|$)/i.exec(text.slice(date.index + whole.length)) ?? [];
  if (!digits || Number.isNaN(Number(digits))) return modified;
  if (!unit) return { ...modified, ...(/^\d{1,15}$/.test(digits) && { size: Number(digits) }) };
  return {
    ...modified,
    sizeAbout: Math.round(Number(digits) * 1024 ** " KMGTP".indexOf(unit.toUpperCase())),
  };
}

function dated(text: string): { modified?: Date } {
  const modified = new Date(text);
  return Number.isNaN(modified.getTime()) ? {} : { modified };
}

/**
 * Keywords of many files, many files at a time: a request or two for each.
 */

import { checkHeader, checkIntegers, checkList, checkObject, checkStream } from "../argument.js";
import { FitsError } from "../errors.js";
import type { HduSelector } from "../fits.js";
import type { Hdu } from "../hdu/make.js";
import { type Header, valueOfCard } from "../header/header.js";
import type { CardValue } from "../header/value.js";
import { type OpenOptions, open } from "../open.js";
import { openSession } from "../read/session.js";
import { isPattern, isWild, matchesKeyword } from "./glob.js";
import { type Job, jobsDone } from "./jobs.js";
import { list } from "./list.js";
import type { ListEntry } from "./lister.js";
import { withLogin } from "./login.js";
import { sourcesOf } from "./sources.js";

/** Options of `headersOf`; those of `open` count for every file. */
export interface HeadersOptions extends OpenOptions {
  /** Names of keywords; with `*`, `?` or `[0-9]` all that match, in the order of the header. */
  readonly keywords: readonly string[];
  /** Which HDU of each file, or `"all"`. Default 0. */
  readonly hdu?: HduSelector | "all" | undefined;
  /** Files read at a time. Default 32. */
  readonly jobs?: number | undefined;
}

/** Keywords of one HDU. */
export interface HduKeywords {
  readonly hdu: number;
  /** EXTNAME, or an empty string; of the first HDU without one `PRIMARY`. */
  readonly name: string;
  readonly ver: number;
  /**
   * Values by keyword, of those that are there: `null` for one without a value. Of a keyword that is repeated the first
   * counts; COMMENT and HISTORY are their lines.
   */
  readonly values: Readonly<Record<string, CardValue>>;
  /** Keywords whose value is a whole number and is written as a float (`30.`, `3E1`), which no `number` tells. */
  readonly floats: readonly string[];
}

/** What was read of one file. */
export interface FileHeaders {
  /** Which of the files it is, from 0. */
  readonly index: number;
  /** The address, as it was given or listed. */
  readonly href: string;
  /** Of each HDU asked for; none where `error` says why. */
  readonly hdus: readonly HduKeywords[];
  readonly error?: FitsError | undefined;
}

/** Addresses of files; a single string may be a pattern or a folder, which is listed. */
export type ManyFiles =
  | string
  | URL
  | Iterable<string | URL | ListEntry>
  | AsyncIterable<string | URL | ListEntry>;

const defaultJobs = 32;
/** Holds most primary headers, and costs little more time than their own bytes. */
const blockSize = 28_800;
/** A header holds less than this but for tables of a thousand columns. */
const cacheBytes = 1 << 20;

/**
 * Keywords of many files, in the order in which their headers come. A file that cannot be read has an `error`, and ends
 * nothing. Files are opened with a first read of 28,800 bytes (`blockSize`); memory is that of `jobs` files, however many there are.
 *
 * @param files `"s3://bucket/night1/*.fits"`, addresses, or entries of `list`
 * Throws what `list` throws, the signal's reason, BAD_ARGUMENT.
 */
export async function* headersOf(
  files: ManyFiles,
  options: HeadersOptions,
): AsyncGenerator<FileHeaders, undefined> {
  if (typeof files !== "string" && !(files instanceof URL)) checkStream(files, "files");
  checkObject(options);
  const { keywords, hdu = 0, jobs = defaultJobs, ...opened } = options;
  const isList = Array.isArray(keywords) && keywords.every((keyword) => typeof keyword === "string");
  if (!isList || keywords.length === 0)
    throw new FitsError("BAD_ARGUMENT", 'keywords must be an array of names, as in ["OBJECT", "CD*"]');
  checkIntegers({ jobs }, 1);
  const wanted = keywords.map((keyword) => keyword.trim().toUpperCase());
  const session = opened.session ?? openSession({ concurrency: opened.concurrency ?? jobs, workers: 0 });
  const sourceOf = sourcesOf(opened);
  const ending = new AbortController();
  const { signal: given } = opened;
  const signal = given ? AbortSignal.any([given, ending.signal]) : ending.signal;

  async function read({ href, address }: Address, index: number): Promise<FileHeaders> {
    try {
      const source = await sourceOf(address);
      const fits = await open(source, { blockSize, cacheBytes, ...opened, session, signal });
      try {
        const hdus = hdu === "all" ? await fits.hdus() : [await fits.hdu(hdu)];
        return { index, href, hdus: hdus.map((one) => keywordsOf(one, wanted)) };
      } finally {
        await fits.close();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FitsError) || error.code === "BAD_ARGUMENT") throw error;
      return { index, href, hdus: [], error };
    }
  }
  async function* started(): AsyncGenerator<Job<FileHeaders>, undefined> {
    let index = 0;
    for await (const file of addressesOf(files, { ...opened, signal })) {
      const at = index++;
      yield () => read(file, at);
    }
  }
  try {
    yield* jobsDone(started(), jobs);
  } finally {
    ending.abort();
    if (session !== opened.session) await session.close();
  }
}

/** What a file is called, and how it is opened. */
interface Address {
  readonly href: string;
  readonly address: string;
}

/** The addresses one by one: of a pattern or folder those of its files. */
async function* addressesOf(files: ManyFiles, options: OpenOptions): AsyncGenerator<Address, undefined> {
  const isOne = typeof files === "string" || files instanceof URL;
  const one = String(files);
  const given = (address: string): Address => ({ href: address, address });
  if (isOne && !isPattern(one) && !one.endsWith("/")) yield given(one);
  else
    for await (const file of isOne ? list(one, options) : files)
      if (typeof file === "string" || file instanceof URL) yield given(String(file));
      else if (!file.isFolder)
        yield { href: file.href, address: isOne ? withLogin(file.href, one) : file.href };
}

/**
 * Keywords of one HDU, as `headersOf` answers with them.
 *
 * @param wanted names, in upper case, and patterns
 */
export function keywordsOf(
  of: Pick<Hdu, "index" | "name" | "ver" | "header">,
  wanted: readonly string[],
): HduKeywords {
  checkObject(of, "an HDU");
  const { index: hdu, name, ver, header } = of;
  checkHeader(header);
  checkList(wanted, "the keywords", "string");
  const values: Record<string, CardValue> = Object.create(null);
  const floats: string[] = [];
  for (const keyword of wanted.flatMap((pattern) => found(header, pattern))) {
    if (keyword in values) continue;
    const value = valueIn(header, keyword);
    if (value === undefined) continue;
    values[keyword] = value;
    if (Number.isInteger(value) && isFloat(header.card(keyword)!.raw)) floats.push(keyword);
  }
  return { hdu, name, ver, values, floats };
}

/** The keywords of a header that a name or a pattern means. */
function found(header: Header, pattern: string): string[] {
  if (!isWild(pattern)) return [pattern];
  const keywords = header.cards.map(({ keyword }) => keyword.toUpperCase());
  return keywords.filter((keyword) => keyword !== "" && matchesKeyword(pattern, keyword));
}

function valueIn(header: Header, keyword: string): CardValue | undefined {
  if (!/^(COMMENT|HISTORY)$/.test(keyword)) {
    const card = header.card(keyword);
    return card && valueOfCard(card);
  }
  const cards = header.all(keyword);
  return cards.length === 0 ? undefined : cards.map(({ comment }) => comment).join("\n");
}

/** Whether a card's number is written with a point or an exponent. */
function isFloat(raw: string): boolean {
  const [, number = ""] = /=\s*([+-]?[\d.]+(?:[ED][+-]?\d+)?)/i.exec(raw) ?? [];
  return /[.ED]/i.test(number);
}

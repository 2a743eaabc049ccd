/**
 * The options that all commands share, and the way from them to an open file.
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type LastingCache, lastingCache, type OpenOptions, type PlaceRule, type S3Options } from "fitslice";
import { badUsage, Failure } from "./failure.js";
import { readInput } from "./files.js";
import type { NamedFiles } from "./overwrite.js";

/** Where the cache is that lasts, and whether there is one. */
export interface CacheOptions {
  cache?: boolean;
  cacheDir?: string;
  cacheLimit?: number;
  cacheMaxAge?: number;
}

/** What commander makes of the shared options. */
export interface SharedOptions extends NamedFiles, CacheOptions {
  json?: boolean;
  profile?: boolean;
  verbose?: boolean;
  endpoint?: string;
  region?: string;
  awsProfile?: string;
  anonymous?: boolean;
  requesterPays?: boolean;
  userProject?: string;
  http2?: boolean;
  pathStyle?: boolean;
  places?: string;
  virtualHost?: boolean;
  header?: Record<string, string>;
  retries?: number;
  timeout?: number;
  blockSize?: number;
  cacheBytes?: number;
  concurrency?: number;
  gap?: number;
  optimize?: "time" | "bytes" | "requests";
  workers?: number;
}

/** The shared options of commands about one HDU. */
export interface HduOptions extends SharedOptions {
  hdu?: string;
}

/** A number of bytes of at least `least`, perhaps with a unit: `64k`, `5M`, `1MiB`. */
export function bytesFrom(least: number): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)\s*([kMG]?)(i?)B?$/i.exec(text.trim());
    if (!match) throw new InvalidArgumentError("It must be a number, as in 65536, 64k or 1MiB.");
    const power = ["", "k", "m", "g"].indexOf(match[2]!.toLowerCase());
    const value = Math.round(Number(match[1]) * (match[3] ? 1024 : 1000) ** power);
    if (value < least) throw new InvalidArgumentError(`It must be at least ${least}.`);
    if (value > Number.MAX_SAFE_INTEGER) throw new InvalidArgumentError("That is more than there can be.");
    return value;
  };
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (!/^\s*\d+\s*$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number ${bounds}.`);
    return value;
  };
}

/** Lengths of axes, slowest axis first: `100,100`. */
export function axisLengths(text: string): number[] {
  const axes = text.split(/[,x]/i).map((axis) => axis.trim());
  if (!axes.every((axis) => /^[1-9]\d*$/.test(axis)))
    throw new InvalidArgumentError("It must be like 100,100.");
  return axes.map(Number);
}

export function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number.");
  return value;
}

/** Most seconds that a timer can wait. */
const mostSeconds = 2_147_483;

/** Seconds, perhaps parts of one. */
function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0.001 && value <= mostSeconds))
    throw new InvalidArgumentError(`It must be a number of seconds from 0.001 to ${mostSeconds}.`);
  return value;
}

function atLeastZero(text: string): number {
  return text.trim() === "0" ? 0 : seconds(text);
}

/** Collects an option that may be repeated. */
export function repeated(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Collects sections as numpy writes them; what cannot be one is told before anything is opened. */
export function sectionText(text: string, before: string[] = []): string[] {
  if (text.includes("["))
    throw new InvalidArgumentError("Brackets mark the FITS order [x1:x2,y1:y2]: that is --fits-section.");
  if (!/^[\s\d:,.+-]*$/.test(text))
    throw new InvalidArgumentError("It must be like 100:200,50:150 or ...,5,::2.");
  return [...before, text];
}

/** Collects sections as FITS writes them. */
export function fitsSectionText(text: string, before: string[] = []): string[] {
  if (!/^\s*\[?[\s\d:,*+-]*\]?\s*$/.test(text))
    throw new InvalidArgumentError("It must be like [51:150,101:200] or [*,11:20:2].");
  return [...before, text];
}

function headerLine(text: string, before: Record<string, string> = {}): Record<string, string> {
  const match = /^([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*)$/.exec(text);
  // What was given may be a secret: commander would quote it.
  if (!match)
    throw badUsage('--header must be like "Authorization: Bearer abc", with a colon behind the name');
  return { ...before, [match[1]!]: match[2]! };
}

/** Adds the options of every command that reads; `index` is false where headers do not matter. */
export function withSharedOptions(command: Command, { index = true }: { index?: boolean } = {}): Command {
  const groups: [string, Option[]][] = [
    [
      "Files written:",
      [new Option("--force", "replace files that exist; without it nothing is overwritten")],
    ],
    [
      "Profile:",
      [
        new Option("--profile", "show every request as it happens, and a summary, on stderr"),
        new Option("--profile-json <file>", "write the profile as JSON"),
        new Option("--har <file>", "write the requests as a HAR file, for a browser's network panel"),
      ],
    ],
    [
      "Access (S3, HTTP and others):",
      [
        new Option("--endpoint <url>", "S3-compatible server (default: AWS_ENDPOINT_URL, else AWS)"),
        new Option("--region <name>", "S3 region (default: from the environment, or asked of the server)"),
        new Option("--aws-profile <name>", "profile in ~/.aws (default: AWS_PROFILE)"),
        new Option("--anonymous", "send no credentials to S3, Google Cloud Storage, Azure"),
        new Option("--requester-pays", "agree to pay for S3 requests"),
        new Option("--user-project <id>", "project that pays for requests of Google Cloud Storage"),
        new Option("--path-style", "S3 addresses as endpoint/bucket/key"),
        new Option("--virtual-host", "S3 addresses as bucket.endpoint/key").conflicts("pathStyle"),
        new Option(
          "--places <file>",
          "JSON rules of where files of some names lie, before those of mast: (see the guide)",
        ),
        new Option("--header <line>", 'HTTP header, "Name: value" (may be repeated)').argParser(headerLine),
        new Option(
          "--http2",
          "HTTP/2 with https: servers that speak it: many short reads over one connection",
        ),
        new Option("--retries <n>", "send a failed request again up to n times (default 5)").argParser(
          wholeNumber(0, 100),
        ),
        new Option(
          "--timeout <seconds>",
          "silence after which a request counts as failed (default 30)",
        ).argParser(seconds),
      ],
    ],
    [
      "Cache on disk:",
      [
        new Option("--cache", "keep what comes over a network for later commands, in FITSLICE_CACHE_DIR"),
        new Option("--cache-dir <folder>", "the same, in this folder"),
        new Option("--cache-limit <bytes>", "most bytes of a new cache (default 1GiB)").argParser(
          bytesFrom(8 * 2 ** 20),
        ),
        new Option(
          "--cache-max-age <seconds>",
          "do not ask whether a file has changed that was asked for so recently (default 0)",
        ).argParser(atLeastZero),
      ],
    ],
    [
      "Tuning:",
      [
        new Option("--block-size <bytes>", "first read, and reads for headers (default 128KiB)").argParser(
          bytesFrom(1),
        ),
        new Option("--cache-bytes <bytes>", "most bytes kept for later reads (default 32MiB)").argParser(
          bytesFrom(0),
        ),
        new Option("--concurrency <n>", "requests in flight (default 32, on a disk 4)").argParser(
          wholeNumber(1, 1024),
        ),
        new Option("--index <file>", 'index made by "fitslice index": no header is requested'),
        new Option(
          "--gap <bytes>",
          "read through gaps of up to so many bytes (default: where that saves time)",
        ).argParser(bytesFrom(0)),
        new Option("--workers <n>", "threads that decode compressed tiles, 0 for none").argParser(
          wholeNumber(0, 64),
        ),
        new Option("--optimize <what>", "what to spend least of (default time)").choices([
          "time",
          "bytes",
          "requests",
        ]),
      ],
    ],
  ];
  for (const [heading, options] of groups) {
    for (const option of options) {
      if (option.long !== "--index" || index) command.addOption(option.helpGroup(heading).hideHelp());
    }
  }
  return command;
}

/** The options of `open` that the shared options stand for. */
export async function openOptions(options: SharedOptions): Promise<OpenOptions> {
  const s3: S3Options = {
    endpoint: options.endpoint,
    region: options.region,
    awsProfile: options.awsProfile,
    anonymous: options.anonymous,
    requesterPays: options.requesterPays,
    forcePathStyle: options.pathStyle ?? (options.virtualHost ? false : undefined),
  };
  const index = options.index === undefined ? undefined : await readInput(options.index, "--index");
  const places = options.places === undefined ? undefined : await placeRules(options.places);
  const { blockSize, cacheBytes, concurrency, gap, optimize, workers } = options;
  const { anonymous, userProject } = options;
  return {
    s3,
    gs: { anonymous, userProject },
    az: { anonymous },
    ...(places && { places }),
    cache: cacheOf(options),
    headers: options.header,
    http2: options.http2,
    ...(index && { index }),
    retries: options.retries,
    timeout: options.timeout === undefined ? undefined : options.timeout * 1000,
    ...(blockSize !== undefined && { blockSize }),
    ...(cacheBytes !== undefined && { cacheBytes }),
    ...(concurrency !== undefined && { concurrency }),
    ...(gap !== undefined && { gap }),
    ...(optimize && { optimize }),
    ...(workers !== undefined && { workers }),
  };
}

/** The cache that the options ask for; any of them asks for one. */
export function cacheOf({
  cache,
  cacheDir,
  cacheLimit,
  cacheMaxAge,
}: CacheOptions): LastingCache | undefined {
  const isAsked = cache || [cacheDir, cacheLimit, cacheMaxAge].some((value) => value !== undefined);
  return isAsked ? lastingCache({ folder: cacheDir, limit: cacheLimit, maxAge: cacheMaxAge }) : undefined;
}

/** What `open` makes of the rules tells what is wrong with them, but for the JSON. */
async function placeRules(path: string): Promise<PlaceRule[]> {
  const text = (await readInput(path, "--places")).toString("utf8");
  try {
    return JSON.parse(text) as PlaceRule[];
  } catch (cause) {
    throw new Failure(1, `--places ${path} is no JSON: ${(cause as Error).message}`, { cause });
  }
}

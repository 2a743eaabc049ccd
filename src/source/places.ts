/**
 * Names of files that an archive keeps in several places: the fastest place is asked first, the next where the file is
 * not there. Most of MAST's products lie in a public bucket, all of them behind its HTTP service.
 */
import { FitsError, type FitsErrorCode } from "../errors.js";
import type { PlaceRule, SourceOptions } from "./options.js";
import { showUrl } from "./redact.js";
import { type ByteSource, lifetime, ownSource } from "./source.js";

const service = "https://mast.stsci.edu/api/v0.1/Download/file/?uri=$0";

const inBucket = (product: string, key: string): PlaceRule => ({
  match: `mast:${product}`,
  at: [`s3://stpubdata/${key}/$<file>`, service],
});

/** Where MAST and its own clients place products: a product that no rule places is asked of the service. */
const mastRules: readonly PlaceRule[] = [
  inBucket("HST/product/(?<file>(?<root>(?<begin>[a-z]\\w{3})\\w{5})_[^/]*)", "hst/public/$<begin>/$<root>"),
  inBucket(
    "JWST/product/(?<file>(?<visit>(?<program>jw\\d{5})\\d{6})_[^/]*)",
    "jwst/public/$<program>/$<visit>",
  ),
  inBucket(
    "JWST/product/(?<file>(?<program>jw\\d{5})-(?<group>[oc]\\d+)_t\\d+_[^/]*)",
    "jwst/public/$<program>/L3/t/$<group>",
  ),
  inBucket(
    "TESS/product/(?<file>tess\\d+-(?<sector>s\\d{4})-(?<a>\\d{4})(?<b>\\d{4})(?<c>\\d{4})(?<d>\\d{4})-[^/]*)",
    "tess/public/tid/$<sector>/$<a>/$<b>/$<c>/$<d>",
  ),
  inBucket(
    "TESS/product/(?<file>tess(?<year>\\d{4})(?<day>\\d{3})\\d+-(?<sector>s\\d{4})-(?<ccd>\\d-\\d)-[^/]*)",
    "tess/public/ffi/$<sector>/$<year>/$<day>/$<ccd>",
  ),
  inBucket(
    "PS1/product/(?<file>(?<survey>rings\\.v3\\.skycell)\\.(?<cell>\\d{4})\\.(?<sub>\\d{3})\\.[^/]*)",
    "panstarrs/ps1/public/$<survey>/$<cell>/$<sub>",
  ),
  { match: "mast:.+", at: [service] },
];

/** A download address of MAST: its query names the product. */
const download = /^https:\/\/mast\.stsci\.edu\/(?:api\/v[\d.]+|portal)\/Download\/file\/?\?(.*)$/i;

/** The name of the product that a download address of MAST asks for, else the address. */
function nameOf(address: string): string {
  const query = download.exec(address)?.[1];
  const uri = query === undefined ? null : new URLSearchParams(query).get("uri");
  return uri?.startsWith("mast:") ? uri : address;
}

/** Errors of a place that lacks the file or is out of reach: the next place is asked then. */
const elsewhere: readonly FitsErrorCode[] = [
  "NOT_FOUND",
  "FORBIDDEN",
  "BAD_CREDENTIALS",
  "HTTP",
  "NETWORK",
  "TIMEOUT",
  "RANGE_IGNORED",
];

/**
 * The addresses of the file that `address` names, the fastest first: by the user's own rules, then by those of MAST. Of an
 * address that names one place itself, places of a kind that `schemes` leaves out do not count. Throws BAD_ARGUMENT for
 * rules that make no sense.
 */
export function placesOf(address: string, { places = [], schemes }: SourceOptions): string[] {
  checkRules(places);
  const name = nameOf(address);
  for (const { match, at } of [...places, ...mastRules]) {
    const groups = patternOf(match).exec(name);
    if (!groups) continue;
    const found = at.map((template) => filled(template, groups));
    if (name === address && /^mast:/.test(name)) return found;
    return found.filter((place) => !schemes || schemes.some((scheme) => place.startsWith(`${scheme}:`)));
  }
  return [];
}

function checkRules(rules: readonly PlaceRule[]): void {
  const isRule = ({ match, at }: PlaceRule): boolean =>
    typeof match === "string" &&
    Array.isArray(at) &&
    at.length > 0 &&
    at.every((one) => typeof one === "string");
  if (Array.isArray(rules) && rules.every((rule) => rule && isRule(rule))) return;
  throw new FitsError(
    "BAD_ARGUMENT",
    'places must be rules like { match: "mast:HST/product/(?<file>.*)", at: ["https://mirror.example/$<file>"] }',
  );
}

function patternOf(match: string): RegExp {
  try {
    return new RegExp(`^(?:${match})$`);
  } catch (cause) {
    throw new FitsError("BAD_ARGUMENT", `places: "${match}" is no regular expression`, { cause });
  }
}

function filled(template: string, groups: RegExpExecArray): string {
  const query = template.indexOf("?");
  return template.replace(/\$(?:0|<(\w+)>)/g, (whole, name: string | undefined, at: number) => {
    const text = name === undefined ? groups[0] : groups.groups?.[name];
    if (text === undefined)
      throw new FitsError("BAD_ARGUMENT", `places: "${template}" has ${whole}, and the rule no such group`);
    if (query < 0 || at < query) return text;
    return encodeURIComponent(text).replace(/%3A/g, ":").replace(/%2F/g, "/");
  });
}

/** Makes the source of one place. */
export type OpenPlace = (address: string, options: SourceOptions) => Promise<ByteSource>;

/**
 * The file that lies at one of `places`. The first read asks one after the other until one has the file; all further reads
 * go there. Headers of the user's go to HTTP places only. Throws what the last place answers.
 */
export function placedSource(
  address: string,
  places: readonly string[],
  options: SourceOptions,
  openPlace: OpenPlace,
): ByteSource {
  const href = showUrl(address);
  const life = lifetime(href);
  const opened: Promise<ByteSource>[] = [];
  const refusals: string[] = [];
  let current = 0;
  let source: ByteSource | undefined;

  const at = (index: number): Promise<ByteSource> =>
    (opened[index] ??= openPlace(places[index]!, optionsAt(places[index]!, options)));

  /** Goes on to the next place, unless another read has. Rethrows where there is none, or another kind of failure. */
  function next(index: number, error: unknown): void {
    if (!(error instanceof FitsError) || !elsewhere.includes(error.code)) throw error;
    if (index < current) return;
    refusals[index] = error.message;
    if (places.length === 1) throw error;
    if (index + 1 === places.length) {
      throw new FitsError(
        error.code,
        `${href} is in none of its ${places.length} places: ${refusals.join("; ")}`,
        {
          cause: error,
        },
      );
    }
    current = index + 1;
  }

  return ownSource({
    get href() {
      return source?.href ?? href;
    },
    get size() {
      return source?.size;
    },
    get tag() {
      return source?.tag;
    },
    get warnings() {
      return source?.warnings;
    },
    get kept() {
      return source?.kept;
    },
    /** Before the place is known, nobody knows how it is asked. */
    get manyRanges() {
      return source?.manyRanges;
    },
    async getRange(range, options) {
      for (;;) {
        life.check(range, options?.signal);
        if (source) return source.getRange(range, options);
        const index = current;
        try {
          const here = await at(index);
          const bytes = await here.getRange(range, options);
          source ??= here;
          return bytes;
        } catch (error) {
          life.check(range, options?.signal);
          next(index, error);
        }
      }
    },
    async close() {
      life.close();
      await Promise.all(opened.map(async (place) => (await place.catch(() => undefined))?.close?.()));
    },
  });
}

/** MAST's public bucket needs no keys, unless the user says otherwise. The user's headers are for servers of HTTP. */
function optionsAt(place: string, options: SourceOptions): SourceOptions {
  if (/^https?:/i.test(place)) return options;
  const { s3 = {}, headers: _, ...rest } = options;
  const isPublic = place.startsWith("s3://stpubdata/");
  const isTold = [s3.endpoint, s3.credentials, s3.awsProfile, s3.anonymous].some(
    (value) => value !== undefined,
  );
  if (!isPublic || isTold) return { ...rest, s3 };
  return { ...rest, s3: { ...s3, region: s3.region ?? "us-east-1", anonymous: true } };
}

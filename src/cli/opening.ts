/**
 * The opening of one source, whatever it is: a file, a stream, a table of another format.
 */
import {
  type ByteSource,
  createProfile,
  type Fits,
  FitsError,
  type OpenOptions,
  open,
  resolveSource,
} from "fitslice";
import { type Address, checkAddress, oneHdu, parseFiltered, type Takes } from "./address.js";
import { matchingHdu } from "./filter/hdu-pattern.js";
import { foreignFormat } from "./foreign.js";
import type { HduOptions } from "./options.js";
import { printable, tellWarning } from "./output.js";
import { refuseOverwriting } from "./overwrite.js";
import { rangePlan } from "./reads.js";
import { isStream } from "./sources.js";

/** An open file with what the user said of it. */
export interface Session extends Address {
  readonly fits: Fits;
  /** The file is what filters have made: of the table that they chose there is nothing else in it. */
  readonly isFiltered?: true;
  /** The file as it lies there: that of a .fits.gz has another size than its contents. */
  readonly stored: ByteSource;
}

/**
 * What a command reads: `headers`, before it shows anything of which an index is held against the file by one small request;
 * `data`, whose first read tells whether the index is the file's; the data of a `table`, also in Arrow and Parquet files.
 */
export type Reads = "headers" | "data" | "table";

/** The address that the user means, by the source and --hdu. Throws `Failure` (wrong usage). */
export function addressOf(text: string, takes: Takes, options: HduOptions): Address {
  const parsed = parseFiltered(text);
  checkAddress(parsed, takes);
  const hdu = oneHdu(parsed.hdu, options.hdu);
  refuseOverwriting(parsed.source, options);
  return { ...parsed, ...(hdu !== undefined && { hdu }) };
}

/** Opens a source, lets `work` use it, and closes it. Throws what opening and `work` throw. */
export async function withAddress(
  address: Address,
  reads: Reads,
  given: OpenOptions,
  index: string | undefined,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const profile = given.profile ?? createProfile();
  const opened = given.index ? { ...given, profile } : given;
  let isOpen = false;
  const use: Use = async (fits, stored) => {
    isOpen = true;
    const checkIndex = async (): Promise<void> => {
      if (given.index && profile.summary().requests === 0) await fits.run(firstByte);
    };
    try {
      if (reads === "headers") await checkIndex();
      // Without any data to read, what there is, or is not, may be another file's.
      const done = withSelected(address, { fits, stored }, opened, work).catch(async (error: unknown) => {
        throw await hinted(error, fits, address);
      });
      await (reads === "headers" ? done : done.finally(checkIndex));
    } finally {
      await fits.close();
    }
    // What was read is written to a cache until the end.
    for (const warning of fits.warnings) tellWarning(warning);
  };
  const openAnd = reads === "table" ? openTable : openFits;
  await openAnd(address.source, opened, use).catch((error: unknown) => {
    throw isOpen ? error : withSource(error, address.source, index);
  });
}

/** Lets `work` use the file, or what filters make of it, with the HDU that was named. */
async function withSelected(
  { pattern, filters, ...address }: Address,
  { fits, stored }: Pick<Session, "fits" | "stored">,
  { signal, profile }: OpenOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const hdu = pattern ? matchingHdu(await fits.layouts(), pattern) : address.hdu;
  if (!filters) return work({ ...address, ...(hdu !== undefined && { hdu }), fits, stored });
  const [{ filteredFile }, { copyAs }] = await Promise.all([
    import("./filter/filtered-file.js"),
    import("./stream.js"),
  ]);
  const made = await filteredFile(fits, filters, hdu, address.source);
  try {
    const copy = await open(await copyAs(made.path, `${fits.href}${filters.text}`), {
      ...(signal && { signal }),
      ...(profile && { profile }),
    });
    try {
      await work({ ...address, hdu: made.hdu, fits: copy, stored, isFiltered: true });
    } finally {
      await copy.close();
    }
    for (const warning of copy.warnings) tellWarning(warning);
  } finally {
    await made.remove();
  }
}

/** Opens a source and lets `use` read it. */
type OpenAnd = (source: string, opened: OpenOptions, use: Use) => Promise<void>;
type Use = (fits: Fits, stored: ByteSource) => Promise<void>;

const openFits: OpenAnd = async (source, opened, use) => {
  const openOne = async (stored: ByteSource): Promise<void> => use(await open(stored, opened), stored);
  if (!isStream(source)) return openOne(await resolveSource(source, opened));
  const { withCopy } = await import("./stream.js");
  await withCopy(source, openOne);
};

/** Opens a FITS file, or what a file of another format is as one. */
const openTable: OpenAnd = async (source, opened, use) => {
  const format = foreignFormat(source);
  if (!format) return openFits(source, opened, use);
  const { madeFits } = await import("./foreign-file.js");
  const made = await madeFits(source, format, opened);
  try {
    for (const warning of made.warnings) tellWarning(warning);
    const { signal, profile } = opened;
    await openFits(made.path, { ...(signal && { signal }), ...(profile && { profile }) }, use);
  } finally {
    await made.remove();
  }
};

/** An error about a name that is not there, with the name that was meant, where one is near. */
async function hinted(error: unknown, fits: Fits, { hdu }: Address): Promise<unknown> {
  if (!(error instanceof FitsError)) return error;
  const [, what, name] = /no (HDU|column) ["']([^"']+)["']/.exec(error.message) ?? [];
  if (name === undefined) return error;
  const { closest } = await import("./suggest.js");
  const known = async (): Promise<string[]> => {
    if (what === "HDU") return (await fits.layouts()).map((one) => one.name);
    return (await fits.table(hdu)).columns.map((column) => column.name);
  };
  const found = closest(name, await known().catch(() => []));
  if (found === undefined || found.toUpperCase() === name.toUpperCase()) return error;
  return new FitsError(error.code, `${error.message} (Did you mean ${printable(found)}?)`, { cause: error });
}

const firstByte = rangePlan("is the index of this file?", { offset: 0, length: 1 });

/** What is wrong with bytes says which file they are of: the source, or its index. */
function withSource(error: unknown, source: string, index: string | undefined): unknown {
  if (error instanceof FitsError && error.code === "BAD_INDEX" && error.message.startsWith("the index file"))
    return new FitsError(error.code, `--index ${index}: ${error.message}`, { cause: error });
  if (!(error instanceof FitsError) || !/^(NOT_FITS|BAD_HEADER|TRUNCATED)$/.test(error.code)) return error;
  return new FitsError(error.code, `${showSource(source)}: ${error.message}`, { cause: error });
}

/** A source without what may be a secret: queries (signatures of Azure, too), user names and passwords. */
export function showSource(source: string): string {
  if (/^(az|abfss?):/i.test(source)) return source.replace(/\?.*$/s, "");
  if (!/^(https?|ftps?|s?webhdfs):/i.test(source)) return source;
  // A URL of HTTP may lack its slashes, or have an @ in its password.
  const url = /^http/i.test(source) && URL.canParse(source) ? new URL(source) : undefined;
  if (url) return url.origin + url.pathname;
  return source.replace(/^([^/]*\/\/)(?:[^/]*@)?([^?#]*).*$/s, "$1$2");
}

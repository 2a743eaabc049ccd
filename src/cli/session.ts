/**
 * One run of a command: opens the file with the shared options, shows what moves, and closes it again.
 */
import {
  createProfile,
  type Fits,
  FitsError,
  type OpenOptions,
  open,
  type Profile,
  type RequestEvent,
  toHar,
} from "fitslice";
import { type Address, checkAddress, oneHdu, parseAddress, type Takes } from "./address.js";
import { save } from "./files.js";
import { foreignFormat } from "./foreign.js";
import { type HduOptions, openOptions, type SharedOptions } from "./options.js";
import { byteText, colorful, counted, tell, toJson } from "./output.js";
import { refuseOverwriting } from "./overwrite.js";
import { rangePlan } from "./reads.js";
import { interruption } from "./signals.js";

/** An open file with what the user said of it. */
export interface Session extends Address {
  readonly fits: Fits;
}

/**
 * Opens the source, lets `work` use it, and closes it; then the profile goes where the user wants it. An index is held
 * against the file before `work` shows anything of it, which is one small request.
 *
 * @param takes what may stand in brackets behind the source
 */
export function withFits(
  text: string,
  takes: Takes,
  options: HduOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  return withOpen(text, takes, options, async (session, checkIndex) => {
    await checkIndex();
    await work(session);
  });
}

/** The same for work that reads data before it shows anything: the first read tells whether the index is the file's. */
export function withData(
  text: string,
  takes: Takes,
  options: HduOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  // Without any data to read, what there is, or is not, may be another file's.
  return withOpen(text, takes, options, (session, checkIndex) => work(session).finally(checkIndex));
}

/** The same as `withData` for a command that reads tables of other formats, too: Arrow and Parquet files, by their names. */
export function withTable(
  text: string,
  options: HduOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  return withOpen(
    text,
    "section",
    options,
    (session, checkIndex) => work(session).finally(checkIndex),
    openTable,
  );
}

/** Opens a source and lets `use` read it. */
type OpenAnd = (source: string, opened: OpenOptions, use: (fits: Fits) => Promise<void>) => Promise<void>;

const openFits: OpenAnd = async (source, opened, use) => use(await open(source, opened));

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

async function withOpen(
  text: string,
  takes: Takes,
  options: HduOptions,
  work: (session: Session, checkIndex: () => Promise<void>) => Promise<void>,
  openAnd: OpenAnd = openFits,
): Promise<void> {
  const parsed = parseAddress(text);
  checkAddress(parsed, takes);
  const hdu = oneHdu(parsed.hdu, options.hdu);
  const address: Address = { ...parsed, ...(hdu !== undefined && { hdu }) };
  refuseOverwriting(address.source, options);
  await withProfile(options, async (given) => {
    const profile = given.profile ?? createProfile();
    const opened = given.index ? { ...given, profile } : given;
    let isOpen = false;
    const use = async (fits: Fits): Promise<void> => {
      isOpen = true;
      const checkIndex = async (): Promise<void> => {
        if (given.index && profile.summary().requests === 0) await fits.run(firstByte);
      };
      try {
        await work({ ...address, fits }, checkIndex);
      } finally {
        await fits.close();
      }
      // What was read is written to a cache until the end.
      for (const warning of fits.warnings) tellWarning(warning);
    };
    await openAnd(address.source, opened, use).catch((error: unknown) => {
      throw isOpen ? error : withSource(error, address.source, options.index);
    });
  });
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
function showSource(source: string): string {
  if (/^(az|abfss?):/i.test(source)) return source.replace(/\?.*$/s, "");
  if (!/^(https?|ftps?|s?webhdfs):/i.test(source)) return source;
  // A URL of HTTP may lack its slashes, or have an @ in its password.
  const url = /^http/i.test(source) && URL.canParse(source) ? new URL(source) : undefined;
  if (url) return url.origin + url.pathname;
  return source.replace(/^([^/]*\/\/)(?:[^/]*@)?([^?#]*).*$/s, "$1$2");
}

/** Something odd that the data were read in spite of. */
export function tellWarning(text: string): void {
  tell(`fitslice: warning: ${text}`);
}

/** Lets `work` read with a profile, which is shown and written as the options say, also after a failure. */
export async function withProfile(
  options: SharedOptions,
  work: (opened: OpenOptions) => Promise<void>,
): Promise<void> {
  const opened = { ...(await openOptions(options)), signal: interruption };
  if (!options.profile && options.profileJson === undefined && options.har === undefined) return work(opened);
  let startedAt: Date | undefined;
  const red = process.stderr.isTTY && colorful(process.stderr);
  const profile = createProfile({
    onRequest(event) {
      startedAt ??= new Date(Date.now() - event.end * 1000);
      if (options.profile) tell(requestLine(event), { red });
    },
  });
  try {
    await work({ ...opened, profile });
  } catch (error) {
    // The failure of the work is what the user has to know; that of its profile comes second.
    await report(profile, options, startedAt).catch((second: Error) => tellWarning(second.message));
    throw error;
  }
  await report(profile, options, startedAt);
}

async function report(profile: Profile, options: SharedOptions, startedAt?: Date): Promise<void> {
  const summary = profile.summary();
  if (options.profile) {
    const { requests, roundTrips, bytes, usedBytes, wasteBytes, seconds, bytesPerSecond } = summary;
    const share = bytes > 0 ? ` (${((100 * wasteBytes) / bytes).toFixed(1)} %)` : "";
    tell(
      `${counted(requests, "request")} in ${counted(roundTrips, "round trip")}, ${byteText(bytes)} moved, ` +
        `${byteText(usedBytes)} used, ${byteText(wasteBytes)} waste${share}, ${seconds.toFixed(3)} s, ` +
        `${byteText(bytesPerSecond)}/s`,
    );
  }
  if (options.profileJson !== undefined) await save(options.profileJson, `${toJson(summary)}\n`, options);
  if (options.har !== undefined)
    await save(options.har, `${JSON.stringify(toHar(summary, startedAt), undefined, 1)}\n`, options);
}

function requestLine(event: RequestEvent): string {
  const { offset, length, requested, start, end, label, status, failure } = event;
  const last = offset + Math.max(requested, 1) - 1;
  const ended = failure === "aborted" ? "ended early: no longer needed" : `FAILED: ${failure}`;
  const outcome = failure === undefined ? byteText(length) : ended;
  const code = status > 0 ? ` ${status}` : "";
  return `  bytes ${offset}-${last}${code}  ${outcome}  ${((end - start) * 1000).toFixed(0)} ms  ${label}`;
}

/**
 * One run of a command: opens the file with the shared options, shows what moves, and closes it again.
 */
import { writeFile } from "node:fs/promises";
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
import { type Address, parseAddress } from "./address.js";
import { openOptions, type SharedOptions } from "./options.js";
import { byteText, printable, tell, toJson } from "./output.js";

/** An open file with what the user said of it. */
export interface Session extends Address {
  readonly fits: Fits;
  readonly profile: Profile;
}

/** Options for `open`, with the profile that the user asked for. */
export function profiledOptions(options: SharedOptions): OpenOptions & { profile: Profile } {
  const red =
    process.stderr.isTTY && !process.env["NO_COLOR"]
      ? (text: string) => `\u001b[31m${text}\u001b[0m`
      : String;
  const onRequest = (event: RequestEvent): void => tell(red(requestLine(event)));
  return { ...openOptions(options), profile: createProfile(options.profile ? { onRequest } : {}) };
}

/** Opens the source, lets `work` use it, and closes it; then the profile goes where the user wants it. */
export async function withFits(
  text: string,
  options: SharedOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const address = parseAddress(text);
  const opened = profiledOptions(options);
  const startedAt = new Date();
  try {
    const fits = await open(address.source, opened);
    try {
      await work({ ...address, fits, profile: opened.profile });
      for (const warning of fits.warnings) tell(`fitslice: warning: ${printable(warning)}`);
    } finally {
      await fits.close();
    }
  } finally {
    await reportProfile(opened.profile, options, startedAt);
  }
}

/** Prints and writes the profile as the options say, also after a failure. */
export async function reportProfile(
  profile: Profile,
  options: SharedOptions,
  startedAt: Date,
): Promise<void> {
  const summary = profile.summary();
  if (options.profile) {
    const { requests, roundTrips, bytes, usedBytes, wasteBytes, seconds, bytesPerSecond } = summary;
    const share = bytes > 0 ? ` (${((100 * wasteBytes) / bytes).toFixed(1)} %)` : "";
    tell(
      `${requests} requests in ${roundTrips} round trips, ${byteText(bytes)} moved, ${byteText(usedBytes)} used, ` +
        `${byteText(wasteBytes)} waste${share}, ${seconds.toFixed(3)} s, ${byteText(bytesPerSecond)}/s`,
    );
  }
  if (options.profileJson !== undefined) await save(options.profileJson, `${toJson(summary)}\n`);
  if (options.har !== undefined)
    await save(options.har, `${JSON.stringify(toHar(summary, startedAt), undefined, 1)}\n`);
}

function requestLine(event: RequestEvent): string {
  const { offset, length, requested, start, end, label, status, failure } = event;
  const last = offset + Math.max(requested, 1) - 1;
  const outcome = failure === undefined ? byteText(length) : `FAILED: ${printable(failure)}`;
  const code = status > 0 ? ` ${status}` : "";
  return `  bytes ${offset}-${last}${code}  ${outcome}  ${((end - start) * 1000).toFixed(0)} ms  ${printable(label)}`;
}

/** Writes a file that the user named; errors say which. */
export async function save(path: string, data: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, data);
  } catch (cause) {
    throw new FitsError("BAD_ARGUMENT", `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * One run of a command: reads with the shared options, and shows what moves.
 */
import { createProfile, type OpenOptions, type Profile, type RequestEvent, toHar } from "fitslice";
import type { Takes } from "./address.js";
import { save } from "./files.js";
import { addressOf, type Reads, type Session, withAddress } from "./opening.js";
import { type HduOptions, openOptions, type SharedOptions } from "./options.js";
import { byteText, colorful, counted, isWatched, tell, tellWarning, toJson } from "./output.js";
import { watchReads } from "./progress.js";
import { interruption } from "./signals.js";

export type { Session } from "./opening.js";

/**
 * Opens the source, lets `work` use it, and closes it; then the profile goes where the user wants it.
 *
 * @param takes what may stand in brackets behind the source
 */
async function withSource(
  text: string,
  takes: Takes,
  reads: Reads,
  options: HduOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const address = addressOf(text, takes, options);
  await withProfile(options, (given) => withAddress(address, reads, given, options.index, work));
}

/** Lets `work` use a file of which it reads headers. */
export function withFits(
  text: string,
  takes: Takes,
  options: HduOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  return withSource(text, takes, "headers", options, work);
}

/** Lets `work` use a file of which it reads data. */
export function withData(
  text: string,
  takes: Takes,
  options: HduOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  return withSource(text, takes, "data", options, work);
}

/** Lets `work` read with a profile, which is shown and written as the options say, also after a failure. */
export async function withProfile(
  options: SharedOptions,
  work: (opened: OpenOptions) => Promise<void>,
): Promise<void> {
  const opened = { ...(await openOptions(options)), signal: interruption };
  const isKept = options.profileJson !== undefined || options.har !== undefined;
  if (!options.profile && !options.verbose && !isKept && !isWatched()) return work(opened);
  const reads = watchReads();
  let startedAt: Date | undefined;
  const red = process.stderr.isTTY && colorful(process.stderr);
  const profile = createProfile({
    ...(!isKept && { maxEvents: 1 }),
    onRequest(event) {
      reads.onRequest(event);
      startedAt ??= new Date(Date.now() - event.end * 1000);
      if (options.profile || options.verbose) tell(requestLine(event), { red });
    },
  });
  try {
    await work({ ...opened, profile }).finally(reads.stop);
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

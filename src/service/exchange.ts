/**
 * One request on its way through the service, and what all parts of the service share.
 */
import { unlessAborted } from "../abort.js";
import type { FitsError } from "../errors.js";
import type { Fits } from "../fits.js";
import { version } from "../version.js";
import { bodyAnswer, etagOf, isHeld, type Kept, notModified } from "./answer.js";
import type { CutBody } from "./cut.js";
import type { Gate, ServiceLimits } from "./limits.js";
import { normalized, type Parameters } from "./parameters.js";
import { notFound, Refusal } from "./refusal.js";

/** A file that was found. */
export interface ServedFile {
  readonly fits: Fits;
  /** The name by which clients know the file, also in HISTORY of cutouts. Default: the ID. */
  readonly name?: string | undefined;
  /** What tells this version of the file from others. Default: `fits.tag`. */
  readonly tag?: string | undefined;
  /** Called when the answer has gone out: the file is in use no longer. */
  done?(): void;
}

/**
 * Finds the file of an ID as a client gave it; undefined where there is none. An ID is never to be taken for an address, unless the
 * operator wants that.
 */
export type FileFinder = (id: string, signal: AbortSignal) => Promise<ServedFile | undefined>;

/** What the parts of a service share. */
export interface Shared {
  readonly find: FileFinder;
  readonly limits: ServiceLimits;
  readonly gate: Gate;
  readonly kept: Kept;
  readonly tell: (error: FitsError) => string;
  /** Whether there is a route `file/`, of whole files. */
  readonly hasFiles: boolean;
}

export interface Exchange {
  readonly request: Request;
  readonly shared: Shared;
  /** What follows the route in the path, decoded. */
  readonly rest: readonly string[];
  readonly parameters: Parameters;
  /** The address of the service, with a slash at its end. */
  readonly base: string;
  /** Who asks, as far as that is known. */
  readonly client: string;
  /** Ends with the client's connection, and with the time of an answer. */
  readonly signal: AbortSignal;
}

/** Finds the file of an ID. Throws Refusal (404). */
export async function fileOf(
  { shared }: Pick<Exchange, "shared">,
  id: string,
  signal: AbortSignal,
): Promise<ServedFile> {
  const file = id.length > 4096 ? undefined : await foundFile(shared, id, signal);
  if (!file) throw notFound(`no file has the ID ${id.slice(0, 200)}`);
  const fits = Object.create(file.fits, { href: { value: file.name ?? id } }) as Fits;
  return { ...file, fits, done: () => file.done?.() };
}

/** What the finder finds, unless the signal ends the wait: a finder may be deaf to the signal, and lends its file then to nobody. */
async function foundFile({ find }: Shared, id: string, signal: AbortSignal): Promise<ServedFile | undefined> {
  const finding = find(id, signal);
  try {
    return await unlessAborted(finding, [signal]);
  } catch (error) {
    finding.then((file) => file?.done?.()).catch(() => undefined);
    throw error;
  }
}

/** Runs `work` when there is room. Throws Refusal (503) where too many wait. */
export async function inTurn<T>({ gate }: Shared, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const leave = await gate.enter(signal);
  if (!leave) throw new Refusal(503, "ServiceUnavailable", "too many requests wait; ask again later");
  try {
    return await work();
  } finally {
    leave();
  }
}

/** The day, for HISTORY: cutouts of one day have the same bytes, so that their ETags can be strong. */
export function today(): Date {
  const now = new Date();
  now.setUTCHours(0, 0, 0, 0);
  return now;
}

/**
 * The answer of a file: 304 where the client holds it already, one that was kept, or what `make` makes; 204 where that is nothing.
 * `what` is the name of the route: with the file's version and the parameters it makes the ETag.
 */
export async function fileAnswer(
  exchange: Exchange,
  what: string,
  id: string,
  make: (fits: Fits) => Promise<CutBody | Response>,
): Promise<Response> {
  const { request, shared, parameters, signal } = exchange;
  const file = await fileOf(exchange, id, signal);
  let isLent = false;
  try {
    const tag = file.tag ?? file.fits.tag;
    const own = [version, today().toISOString(), what, id, file.fits.href, tag ?? "", normalized(parameters)];
    const etag = tag === undefined ? undefined : await etagOf(...own);
    if (etag !== undefined && isHeld(request, etag)) return notModified(etag);
    const before = etag === undefined ? undefined : shared.kept.get(etag);
    if (before) return bodyAnswer(request, before, etag);
    const made = await inTurn(shared, signal, () => make(file.fits));
    if (made instanceof Response) return made;
    if (etag !== undefined) shared.kept.keep(etag, made);
    isLent = !(made.body instanceof Uint8Array);
    return bodyAnswer(request, made, etag, isLent ? file.done : undefined);
  } finally {
    if (!isLent) file.done?.();
  }
}

/**
 * Manifests of stamps: a line of JSON for each outcome, appended as it is known; what a killed run leaves can be gone on with.
 */
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { showAddress } from "fitslice";
import { type Outcome, outcomeKey, type StampStatus } from "fitslice/stamps";
import { cannotWrite, Failure } from "../failure.js";

/** A manifest that is written. */
export interface Manifest {
  append(outcomes: readonly Outcome[]): void;
  close(): void;
}

/** The outcomes of a manifest; a last line that a kill has torn is none. Throws `Failure` for what is no manifest. */
export function readManifest(path: string): Outcome[] {
  if (!existsSync(path)) return [];
  return wholeLines(readFileSync(path))
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line, i) => outcomeIn(line, `${path}, line ${i + 1}`));
}

function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(10) + 1);
}

const statuses: readonly string[] = ["done", "partial", "outside", "failed"] satisfies StampStatus[];

function outcomeIn(line: string, where: string): Outcome {
  const { name, row, number, status, ...rest } = parsed(line, where);
  const isOutcome =
    typeof name === "string" &&
    Number.isSafeInteger(row) &&
    Number.isSafeInteger(number) &&
    statuses.includes(status as string);
  if (!isOutcome) throw new Failure(1, `${where}: this is no row of a manifest of fitslice`);
  const { output, source, hdu, reason } = rest;
  return {
    name,
    row: Number(row),
    number: Number(number),
    status: status as StampStatus,
    ...(typeof output === "string" && { output }),
    ...(typeof source === "string" && { source }),
    ...(typeof hdu === "number" && { hdu }),
    ...(typeof reason === "string" && { reason }),
  };
}

function parsed(line: string, where: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (cause) {
    throw new Failure(1, `${where}: this is no JSON`, { cause });
  }
}

/** Opens a manifest to go on with, without its torn line. */
export function openManifest(path: string): Manifest {
  let file: number;
  try {
    file = openSync(path, "a+");
    ftruncateSync(file, wholeLines(readFileSync(path)).length);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
  return {
    append(outcomes) {
      const bytes = Buffer.from(outcomes.map(manifestLine).join(""));
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      } catch (cause) {
        throw cannotWrite(path, cause);
      }
    },
    close: () => closeSync(file),
  };
}

/** What tells an outcome from others, of a manifest that was read as well: its sources are without secrets. */
export function keyOf({ row, source }: Pick<Outcome, "row" | "source">): string {
  return outcomeKey({ row, source: source && showAddress(source) });
}

/** A reason, or a message, without the secrets of the address that it is about. */
export function withoutSecrets(text: string, source: string): string {
  return source === "" ? text : text.replaceAll(source, () => showAddress(source));
}

/** One outcome; every line has all fields. Manifests are passed on: what is secret in an address stays out. */
export function manifestLine(outcome: Outcome): string {
  const { name, row, number, status, output = null, source: address = "", hdu = null, reason: why } = outcome;
  const source = address === "" ? null : showAddress(address);
  const reason = why === undefined ? null : withoutSecrets(why, address);
  return `${JSON.stringify({ name, row, number, status, output, source, hdu, reason })}\n`;
}

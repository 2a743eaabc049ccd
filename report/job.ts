/**
 * A job: one thing to be read of one file by one reader. Jobs go to the readers' processes as lines of JSON, each of
 * which is answered by one line.
 */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

/** One axis of a box: from, to (half-open). Boxes are in C order, slowest axis first. */
export type Box = readonly (readonly [from: number, to: number])[];

export type Want =
  /** Shape and OBJECT: what a program asks before all else. */
  | { readonly kind: "header" }
  | { readonly kind: "boxes"; readonly boxes: readonly Box[] }
  | { readonly kind: "column"; readonly column: string };

export interface Job {
  readonly reader: string;
  readonly setting: string;
  readonly url: string;
  /** Index of the HDU, where the file is FITS. */
  readonly hdu: number;
  /** Bytes of the rows that the largest box touches: a block size that suits those who can be told one. */
  readonly span: number;
  readonly want: Want;
}

export interface Answer {
  /** From before the file was opened until the values are in memory, in the machine's byte order. */
  readonly seconds: number;
  /** SHA-256 of the values, little-endian, in C order, one box after another. */
  readonly hash: string;
}

/** What a reader read: values, or the text that `header` is about. */
export type Read = readonly ArrayBufferView[] | string;

/** The text that stands for a header. */
export function headerText(shape: readonly number[], object: string): string {
  return `${shape.join(" x ")} ${object}`;
}

/** Answers jobs until standard input ends. A job that fails is answered by `{ "error" }`. */
export async function answerJobs(perform: (job: Job) => Promise<Read>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Job, perform))}\n`);
  }
}

async function answer(
  job: Job,
  perform: (job: Job) => Promise<Read>,
): Promise<Answer | { readonly error: string }> {
  const started = performance.now();
  try {
    const read = await perform(job);
    return { seconds: (performance.now() - started) / 1000, hash: hashOf(read) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function hashOf(read: Read): string {
  const hash = createHash("sha256");
  if (typeof read === "string") return hash.update(read).digest("hex");
  for (const { buffer, byteOffset, byteLength } of read) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

export type Outcome = Answer | { readonly error: string };

/** Answers jobs, one after another. */
export interface Worker {
  perform(job: Job): Promise<Outcome>;
  close(): Promise<void>;
}

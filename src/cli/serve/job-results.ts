/**
 * Where results of jobs on a queue lie: a folder or a bucket that all processes of the service see.
 */
import { createHash, randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { KeepResult } from "fitslice/service";
import { Failure } from "../failure.js";
import { isAddress } from "../jobs/job-folder.js";
import type { OutputPlace } from "../jobs/place.js";
import { placeFor } from "../jobs/place-for.js";
import type { ShardFileNote } from "../jobs/shard-manifest.js";
import { fileRoute } from "./file-routes.js";

/** Results of one run of a job, under way. */
export interface ResultWork {
  readonly keep: KeepResult;
  /** Brings all to their place, and tells the name of their folder. */
  publish(job: string): Promise<string>;
  discard(): void;
}

export interface JobResults {
  /** Identifies this place. Processes that share the place share the queue of this name. */
  readonly word: string;
  /** Begins a run; `check` throws where all results together would have too many bytes. */
  begin(check: (bytes: number) => void): Promise<ResultWork>;
  /** Removes the results of a job, also of runs whose process was killed. */
  remove(job: string): Promise<void>;
  /** The jobs that results are of. */
  jobs(): Promise<Set<string>>;
  /** Answers with a file by ranges. */
  answer(folder: string, name: string, request: Request): Promise<Response>;
  close(): Promise<void>;
}

const wordFile = "fitslice-jobs.json";

/** Files of results that are kept open. */
const openFiles = 16;

export async function jobResults(root: string): Promise<JobResults> {
  const at = isAddress(root) ? root.replace(/\/+$/, "") : resolve(root);
  const place = await placeFor(".", { output: at }, {});
  const word = await wordOf(place, isAddress(at));
  const files = fileRoute(
    async function* (id) {
      yield { address: `${at}/${id}`, options: {}, tag: id, isVersion: true, name: id };
    },
    {},
    openFiles,
  );
  const folders = async (): Promise<ResultFolder[]> =>
    (await place.list()).flatMap((name) => resultFolder(name) ?? []);
  return {
    word,
    begin: async (check) => {
      const others = (await folders()).reduce((sum, { bytes }) => sum + bytes, 0);
      return beginWork(place, (bytes) => check(others + bytes));
    },
    async remove(job) {
      for (const folder of await folders()) if (folder.job === job) await place.remove(folder.name);
    },
    jobs: async () => new Set((await folders()).map(({ job }) => job)),
    answer: (folder, name, { method, headers, signal }) =>
      files(new Request(`http://localhost/file/${folder}/${name}`, { method, headers, signal })),
    close: () => files.close(),
  };
}

/** Milliseconds after which no other process still writes the first file of a bucket. */
const settleTime = 2000;

/** The word that identifies the place. The first process writes it. */
async function wordOf(place: OutputPlace, isRemote: boolean): Promise<string> {
  const isNew = await place.putNew(wordFile, Buffer.from(JSON.stringify({ queue: randomUUID() })));
  // When two processes write at the same time, stores such as Swift tell both that their file is the first. The later file stays: read it.
  if (isNew && isRemote) await wait(settleTime);
  const text = Buffer.from((await place.get(wordFile)) ?? []).toString("utf8");
  const [, word] = /^\{"queue":"([0-9a-f-]{36})"\}$/.exec(text) ?? [];
  if (word === undefined)
    throw new Failure(
      1,
      `${place.shown}/${wordFile} is not a file of fitslice serve; choose another place for --results`,
    );
  return word;
}

interface ResultFolder {
  readonly name: string;
  readonly job: string;
  readonly bytes: number;
}

/** The folder of a run has the job's ID in its name, the bytes in it, and a word of its own. */
function resultFolder(name: string): ResultFolder | undefined {
  const [, job, bytes] = /^job-([0-9a-f-]{40})_(\d+)_[0-9a-f]{12}$/.exec(name) ?? [];
  return job === undefined ? undefined : { name, job, bytes: Number(bytes) };
}

function beginWork(place: OutputPlace, check: (bytes: number) => void): ResultWork {
  const work = place.workFolder();
  const notes: ShardFileNote[] = [];
  let bytes = 0;
  async function* counted(
    pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      check((bytes += piece.length));
      yield piece;
    }
  }
  return {
    async keep(id, { extension, body }) {
      const name = `${id}.${extension}`;
      const note = await written(join(work, name), counted(body instanceof Uint8Array ? [body] : body));
      notes.push({ name, ...note });
      return note.bytes;
    },
    async publish(job) {
      const name = `job-${job}_${bytes}_${randomUUID().slice(-12)}`;
      await place.publish(work, name, notes);
      return name;
    },
    discard: () => place.discard(work),
  };
}

async function written(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<Omit<ShardFileNote, "name">> {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(path, "w");
  try {
    for await (const piece of pieces) {
      await file.writeFile(piece);
      hash.update(piece);
      bytes += piece.length;
    }
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

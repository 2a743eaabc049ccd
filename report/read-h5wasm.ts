/**
 * HDF5 in a worker of a browser, read by h5wasm. Its only way to read a part over HTTP is Emscripten's lazy file: blocks of
 * 1 MiB by synchronous requests, one after another.
 */
import h5wasm, { type Dataset, type File as H5File } from "h5wasm";
import type { Job, Read } from "./job.js";

interface LazyFiles {
  createLazyFile(parent: string, name: string, url: string, canRead: boolean, canWrite: boolean): unknown;
}

self.onmessage = async ({ data: job }: MessageEvent<Job>) => {
  try {
    const { FS } = (await h5wasm.ready) as unknown as { FS: LazyFiles };
    const started = performance.now();
    FS.createLazyFile("/", "remote.h5", job.url, true, false);
    const file = new h5wasm.File("/remote.h5", "r");
    const read = readOf(file, job.want);
    const seconds = (performance.now() - started) / 1000;
    self.postMessage({ seconds, hash: await hashOf(read) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};

function readOf(file: H5File, want: Job["want"]): Read {
  if (want.kind === "column") return [(file.get(want.column) as Dataset).value as ArrayBufferView];
  const data = file.get("data") as Dataset | null;
  if (want.kind === "header") {
    const object = String(file.attrs["OBJECT"]?.value);
    const shape = data?.shape ?? Array.from(file.attrs["SHAPE"]!.value as ArrayLike<number | bigint>, Number);
    return `${shape.join(" x ")} ${object}`;
  }
  return want.boxes.map((box) => data!.slice(box.map(([from, to]) => [from, to])) as ArrayBufferView);
}

async function hashOf(read: Read): Promise<string> {
  const parts = typeof read === "string" ? [new TextEncoder().encode(read)] : read;
  const all = new Blob(parts as BlobPart[]);
  const hash = await crypto.subtle.digest("SHA-256", await all.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

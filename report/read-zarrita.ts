/**
 * Zarr, read by zarrita. Settings: `at once` asks for all boxes together; `cached` does, too, and keeps the bytes of chunks, so
 * that boxes which share a chunk ask for it once; `references` reads a FITS file through a file of references.
 */
import * as zarr from "zarrita";
import { headerText, type Job, type Read } from "./job.js";

export async function readByZarrita({ url, setting, want }: Job): Promise<Read> {
  const store = await storeOf(url, setting);
  const place = zarr.root(store).resolve(want.kind === "column" ? `/${want.column}` : pathIn(setting));
  const array = await zarr.open(place, { kind: "array" });
  if (want.kind === "header") return headerText(array.shape, String(array.attrs["OBJECT"] ?? ""));
  if (want.kind === "column") return [viewOf((await zarr.get(array)).data)];
  const boxes = want.boxes.map(async (box) => {
    const chunk = await zarr.get(
      array,
      box.map(([from, to]) => zarr.slice(from, to)),
    );
    return viewOf((chunk as { data: unknown }).data);
  });
  return Promise.all(boxes);
}

async function storeOf(url: string, setting: string) {
  if (setting === "references") {
    const { ReferenceStore } = await import("@zarrita/storage");
    return ReferenceStore.fromSpec(await (await fetch(`${url}.refs.json`)).json());
  }
  const store = new zarr.FetchStore(url);
  return setting === "cached" ? zarr.withByteCaching(store) : store;
}

function pathIn(setting: string): string {
  return setting === "references" ? "/0/data" : "/";
}

function viewOf(data: unknown): ArrayBufferView {
  if (!ArrayBuffer.isView(data)) throw new Error("zarrita gave values that are no typed array");
  return data;
}

/**
 * Zarr, read by zarrita. Settings: `at once` asks for all boxes together; `cached` does, too, and keeps the bytes of chunks;
 * `references` reads a FITS file by a file of references, `store` by `zarrStore` of this library.
 */
import { open } from "fitslice";
import { zarrStore } from "fitslice/zarr";
import * as zarr from "zarrita";
import { headerText, type Job, type Read } from "./job.js";

export async function readByZarrita(job: Job): Promise<Read> {
  const { setting, want } = job;
  const root = zarr.root(await storeOf(job));
  if (want.kind === "column") return [viewOf((await zarr.get(await arrayAt(root, want.column))).data)];
  const group = setting === "references" || setting === "store" ? groupOf(job) : "";
  const array = await arrayAt(root, group && `${group}/data`);
  if (want.kind === "header") return headerText(array.shape, await objectIn(root, group, array.attrs));
  const boxes = want.boxes.map(async (box) => {
    const chunk = await zarr.get(
      array,
      box.map(([from, to]) => zarr.slice(from, to)),
    );
    return viewOf((chunk as { data: unknown }).data);
  });
  return Promise.all(boxes);
}

/** The group of the image: named by its HDU. */
function groupOf({ hdu }: Job): string {
  return hdu === 0 ? "PRIMARY" : "COMPRESSED_IMAGE";
}

/** OBJECT: an attribute of the array, or a card among those that are the attribute of its HDU. */
async function objectIn(
  root: zarr.Location<zarr.AsyncReadable>,
  group: string,
  { OBJECT }: zarr.Attributes,
): Promise<string> {
  if (group === "") return String(OBJECT);
  const { attrs } = await zarr.open(root.resolve(`/${group}`), { kind: "group" });
  const cards = attrs["fits_header"] as string[];
  return /'(.*?) *'/.exec(cards.find((card) => card.startsWith("OBJECT  =")) ?? "")?.[1] ?? "";
}

function arrayAt(root: zarr.Location<zarr.AsyncReadable>, path: string) {
  return zarr.open(root.resolve(`/${path}`), { kind: "array" });
}

async function storeOf({ url, setting }: Job): Promise<zarr.AsyncReadable> {
  if (setting === "references") {
    // Of references only the path counts: the server's port is another one each time.
    const { origin, href } = new URL(url);
    const elsewhere = (request: Request): Promise<Response> =>
      fetch(new Request(new URL(new URL(request.url).pathname, origin), request));
    const spec = (await (await fetch(href)).json()) as Record<string, unknown>;
    return (await import("@zarrita/storage")).ReferenceStore.fromSpec(spec, { fetch: elsewhere });
  }
  if (setting === "store") return zarrStore(await open(url));
  const store = new zarr.FetchStore(url);
  return setting === "cached" ? zarr.withByteCaching(store) : store;
}

function viewOf(data: unknown): ArrayBufferView {
  if (!ArrayBuffer.isView(data)) throw new Error("zarrita gave values that are no typed array");
  return data;
}

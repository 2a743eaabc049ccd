/**
 * What a store gives to zarrita, beside what `section` and `column` read.
 */
import * as zarr from "zarrita";
import type { Fits } from "../../src/fits.js";
import type { Values } from "../../src/zarr/attributes.js";
import { columnNames } from "../../src/zarr/names.js";
import { type ZarrStore, zarrStore } from "../../src/zarr/store.js";

/** The bytes of all elements of an array, read by zarrita. */
export async function readByZarrita(store: ZarrStore, path: string, format: 2 | 3): Promise<Buffer> {
  const open = format === 2 ? zarr.open.v2 : zarr.open.v3;
  const array = await open(zarr.root(store).resolve(path), { kind: "array" });
  const { data } = await zarr.get(array);
  return data instanceof zarr.BoolArray
    ? Buffer.from(Array.from(data, Number))
    : Buffer.from(
        (data as Uint8Array).buffer,
        (data as Uint8Array).byteOffset,
        (data as Uint8Array).byteLength,
      );
}

/** One array, read by both. */
export interface Compared {
  readonly path: string;
  readonly type: string;
  readonly given: Buffer;
  readonly expected: Buffer;
}

/** Reads every array of a file that has elements and a type that zarrita knows, by zarrita and by the library. */
export async function compared(fits: Fits, values: Values, zarrFormat: 2 | 3): Promise<Compared[]> {
  const store = zarrStore(fits, { values, zarrFormat });
  const raw = values === "raw";
  const found: Compared[] = [];
  for (const [group, { attributes, arrays }] of Object.entries((await store.describe()).groups)) {
    const hdu = await fits.hdu(attributes["hdu"] as number);
    const columns = hdu.kind === "table" ? columnNames(hdu.columns) : [];
    for (const [name, { type, shape }] of Object.entries(arrays)) {
      if (shape.includes(0) || type.startsWith("complex")) continue;
      const data = async () => {
        if (hdu.kind === "image") return (await hdu.section(undefined, { raw })).data;
        if (hdu.kind === "groups") return (await hdu.groups({}, { raw })).array.data;
        if (hdu.kind !== "table") throw new Error(`${group}/${name}`);
        const column = await hdu.column(columns.indexOf(name), { raw });
        if (column.kind === "number" || column.kind === "bool") return column.data;
        throw new Error(`${group}/${name} is of kind ${column.kind}`);
      };
      const { buffer, byteOffset, byteLength } = await data();
      found.push({
        path: `${group}/${name}`,
        type,
        given: await readByZarrita(store, `${group}/${name}`, zarrFormat),
        expected: Buffer.from(buffer, byteOffset, byteLength),
      });
    }
  }
  return found;
}

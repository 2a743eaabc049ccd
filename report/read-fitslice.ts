/** FITS, read by this library. Settings: `default`, and `index` with an index file that lies beside the file. */
import { type Fits, type OpenOptions, open } from "fitslice";
import { headerText, type Job, type Read } from "./job.js";

export async function readByFitslice({ url, hdu, setting, want }: Job): Promise<Read> {
  const fits = await open(url, await optionsOf(url, setting));
  try {
    return await read(fits, hdu, want);
  } finally {
    await fits.close();
  }
}

async function optionsOf(url: string, setting: string): Promise<OpenOptions> {
  if (setting !== "index") return {};
  const answer = await fetch(`${url}.fsidx`);
  return { index: new Uint8Array(await answer.arrayBuffer()) };
}

async function read(fits: Fits, index: number, want: Job["want"]): Promise<Read> {
  if (want.kind === "column") {
    const column = await (await fits.table(index)).column(want.column);
    if (column.kind !== "number") throw new Error(`${want.column} is not a numeric column`);
    return [column.data];
  }
  if (want.kind === "header") {
    const hdu = await fits.hdu(index);
    const shape = "rowCount" in hdu ? [hdu.rowCount, hdu.columns.length] : hdu.shape;
    return headerText(shape, String(hdu.header.get("OBJECT") ?? ""));
  }
  const image = await fits.image(index);
  const sections = await image.sections(
    want.boxes.map((box) => box.map(([from, to]) => `${from}:${to}`).join(", ")),
  );
  return sections.map(({ data }) => data);
}

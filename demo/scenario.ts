/**
 * What a user wants of a Hubble image in a bucket, through the public API. The texts between the markers are shown
 * in the report and the tutorial as they stand here.
 */
import { type Fits, type NdArray, type OpenOptions, open, type Profile } from "fitslice";
import { encodePng, render } from "fitslice/picture";

export interface Outcome {
  /** What the step prints. */
  readonly text: string;
  readonly png?: Uint8Array;
  readonly pixels?: NdArray<"float32">;
}

/** Step 0: nothing but the first block moves. */
export async function openFile(url: string, options: OpenOptions): Promise<Fits> {
  // show open
  const fits = await open(url, options);
  // end
  return fits;
}

/** Step 1: the HDUs and where they lie. */
export async function listHdus(fits: Fits, profile: Profile): Promise<Outcome> {
  let text = "";
  // show list
  for (const hdu of await fits.layouts({ profile })) {
    const { index, name, type, shape, headerOffset, dataOffset, dataSize } = hdu;
    text += `${index} ${name} ${type} ${shape.join(" x ")}: header at ${headerOffset}, data at ${dataOffset}, ${dataSize} bytes\n`;
  }
  // end
  return { text };
}

/** Step 2: one header. */
export async function readHeader(fits: Fits, profile: Profile): Promise<Outcome> {
  let text = "";
  // show header
  const { header } = await fits.hdu(4, { profile });
  text += `${header.cards.length} cards; EXTNAME = ${header.string("EXTNAME")}, ${header.integer("NAXIS2")} rows, ${header.integer("TFIELDS")} columns\n`;
  // end
  return { text };
}

/** Step 3: the cutout, as a picture. */
export async function readCutout(fits: Fits, profile: Profile): Promise<Outcome> {
  // show cutout
  const sci = await fits.image("SCI", { profile });
  if (!sci.is("float32")) throw new Error("not the image that we expected");
  const pixels = await sci.section("1600:1950, 2000:2250", { profile });
  const picture = render(pixels, { vmin: 0, vmax: 0.1 });
  const png = await encodePng(picture);
  // end
  const max = pixels.data.reduce((most, value) => Math.max(most, value));
  return { text: `${pixels.shape.join(" x ")} pixels, brightest ${max.toFixed(4)}\n`, png, pixels };
}

/**
 * What a user wants of a Hubble image in a bucket, through the public API. The texts between the markers are shown
 * in the report and the tutorial as they stand here, with `console.log` for `print`.
 */
import { type Fits, type NdArray, type OpenOptions, open, type Profile } from "fitslice";
import { encodePng, render } from "fitslice/picture";

/** Takes the lines that a step prints. */
export type Print = (line: string) => void;

export interface Outcome {
  readonly png?: Uint8Array;
  readonly pixels?: NdArray<"float32">;
}

/** Step 1: only the first 128 KiB move. */
export async function openFile(
  url: string,
  options: OpenOptions,
  profile: Profile,
  print: Print,
): Promise<Fits> {
  // show open
  const fits = await open(url, { ...options, profile });
  print(`${fits.href}, ${fits.size} bytes`);
  // end
  return fits;
}

/** Step 2: the HDUs and where they lie. */
export async function listHdus(fits: Fits, profile: Profile, print: Print): Promise<Outcome> {
  // show list
  for (const hdu of await fits.layouts({ profile })) {
    const { index, name, type, shape, headerOffset, dataOffset, dataSize } = hdu;
    print(
      `${index} ${name} ${type} ${shape.join(" x ")}: header at ${headerOffset}, data at ${dataOffset}, ${dataSize} bytes`,
    );
  }
  // end
  return {};
}

/** Step 3: one header. */
export async function readHeader(fits: Fits, profile: Profile, print: Print): Promise<Outcome> {
  // show header
  const { header } = await fits.hdu(4, { profile });
  print(`${header.cards.length} cards; EXTNAME = ${header.string("EXTNAME")}`);
  print(`${header.integer("NAXIS2")} rows, ${header.integer("TFIELDS")} columns`);
  // end
  return {};
}

/** Step 4: what the cutout will move, in two ways. */
export async function explainCutout(fits: Fits, profile: Profile, print: Print): Promise<Outcome> {
  // show explain
  const sci = await fits.image("SCI", { profile });
  const plan = sci.plan("1600:1950, 2000:2250");
  const fastest = await fits.explain(plan);
  const fewestBytes = await fits.explain(plan, { optimize: "bytes" });
  print(`${fastest.ranges.length} ranges, ${fastest.usedBytes} bytes wanted`);
  for (const { requests, bytes, seconds } of [fastest, fewestBytes])
    print(`${requests.length} requests, ${bytes} bytes: ${seconds.toFixed(2)} s expected`);
  // end
  return {};
}

/** Step 5: the cutout, as a picture. */
export async function readCutout(fits: Fits, profile: Profile, print: Print): Promise<Outcome> {
  const sci = await fits.image("SCI", { profile });
  // show cutout
  if (!sci.is("float32")) throw new Error("not the image that we expected");
  const pixels = await sci.section("1600:1950, 2000:2250", { profile });
  const brightest = pixels.data.reduce((most, value) => Math.max(most, value));
  print(`${pixels.shape.join(" x ")} pixels, brightest ${brightest.toFixed(4)}`);
  const png = await encodePng(render(pixels, { vmin: 0, vmax: 0.1 })); // the bytes of a PNG file
  // end
  return { png, pixels };
}

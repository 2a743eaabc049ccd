/**
 * What a user wants of a Hubble image in a bucket, through the public API. The texts between the markers are shown
 * in the report and the tutorial as they stand here, with `console.log` for `print`.
 */
import { type Fits, type NdArray, type OpenOptions, open, type Profile } from "fitslice";
import { cutout } from "fitslice/cutout";
import { encodePng, render } from "fitslice/picture";
import { imagePlot } from "fitslice/plot";
import { readWcs } from "fitslice/wcs";
import { fitsBytes } from "fitslice/write";

/** Takes the lines that a step prints. */
export type Print = (line: string) => void;

export interface Outcome {
  readonly png?: Uint8Array;
  /** A picture with axes. */
  readonly svg?: string;
  /** A FITS file. */
  readonly fits?: Uint8Array;
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

/** Step 6: a cutout in the terms of the sky. The file is opened anew, so that all is counted that such a cutout moves. */
export async function readSkyCutout(
  url: string,
  options: OpenOptions,
  profile: Profile,
  print: Print,
): Promise<Outcome> {
  // show sky
  const again = await open(url, { ...options, profile }); // anew: nothing is held of the file
  const center = "10h01m41.13s +02d25m20.58s";
  const galaxy = await cutout(again, { hdu: "SCI", center, size: "5arcsec" });
  const { hdus } = await galaxy.file();
  const file = await fitsBytes(hdus); // a FITS file of its own
  await again.close();
  const { section, hdu, shape } = galaxy;
  print(`${section} of ${hdu.name}: ${shape.join(" x ")} pixels, ${file.length} bytes of FITS`);

  const { celestial } = await readWcs(await open(file), 0); // where the file that was made lies on the sky
  if (!celestial) throw new Error("a cutout keeps its coordinates");
  const [x, y] = celestial.toPixel(150.421375, 2.422383) ?? [];
  print(`the position is at x = ${x?.toFixed(2)}, y = ${y?.toFixed(2)}, counted from 0`);
  const picture = render(galaxy.data, { stretch: "asinh", colormap: "inferno" });
  const { width, height } = picture;
  const drawn = { png: await encodePng(picture), width, height };
  const svg = imagePlot(drawn, { celestial, axes: "sky", grid: true, compass: true, scaleBar: true });
  // end
  return { svg, fits: file };
}

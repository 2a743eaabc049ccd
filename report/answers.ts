/**
 * The questions of the notebook and of its sequel, answered in sentences that are made of what was measured. A sentence whose
 * measures are not there is left out.
 */
import { crossovers } from "./crossover.js";
import { lastHeader } from "./families.js";
import type { Measure } from "./measure.js";
import { storeReader, withIndex } from "./readers.js";
import { measureOf, type Report, type Studied } from "./results.js";
import { megabytes, requests, seconds, trips } from "./words.js";

export interface Answered {
  readonly id: string;
  readonly question: string;
  readonly sentences: readonly string[];
}

export function answers(report: Report): readonly Answered[] {
  const study = (name: string): Studied | undefined =>
    report.studies.find(({ subject }) => subject.name === name);
  const [image, cube, table] = [study("image"), study("cube"), study("table")];
  const known = report.studies.filter(({ family }) => family);
  const many = known.filter(({ subject }) => subject.name.startsWith("mosaic"));
  const archived = known.filter((each) => !many.includes(each));
  return [
    { id: "load", question: "How should cloud-hosted FITS be loaded?", sentences: loading(image) },
    { id: "tools", question: "How do the tools behave?", sentences: tools(image, archived) },
    { id: "improve", question: "How can loading be improved?", sentences: improving(image, cube) },
    { id: "directory", question: "Is a central directory worth it?", sentences: directory(archived, many) },
    {
      id: "change",
      question: "Does FITS need to change, and where does it lose?",
      sentences: losing(image, cube, table),
    },
  ].filter(({ sentences }) => sentences.length > 0);
}

type Sentences = readonly (string | undefined)[];

function said(sentences: Sentences): string[] {
  return sentences.filter((sentence) => sentence !== undefined);
}

/** A sentence of some measures, if all are there. */
function of<T extends readonly (Measure | undefined)[]>(
  measures: [...T],
  sentence: (...there: { [K in keyof T]: Measure }) => string,
): string | undefined {
  return measures.every((m) => m !== undefined)
    ? sentence(...(measures as unknown as { [K in keyof T]: Measure }))
    : undefined;
}

function cost({ requests: n, trips: t, bytes, seconds: s }: Measure): string {
  return `${requests(n)} in ${trips(t)}, ${megabytes(bytes)}, ${seconds(s)} s`;
}

function loading(image: Studied | undefined): string[] {
  if (!image) return [];
  const get = (copy: string, reader: string, pattern: string) => measureOf(image, copy, reader, pattern);
  const size = megabytes(image.copies.find(({ name }) => name === "fits plain")!.size);
  return said([
    of(
      [get("fits plain", "fitslice", "1 x 200"), get("fits plain", "fitsio", "1 x 200")],
      (part, all) =>
        `In parts: one cutout of 200 x 200 of ${image.subject.title} (${size}) costs fitslice ${cost(part)}; a download with six ` +
        `connections, and cfitsio behind it, ${megabytes(all.bytes)} and ${seconds(all.seconds)} s.`,
    ),
    of(
      [get("fits plain", "fitslice", "20 x 200"), get("fits plain", "fitslice", "1 x 200")],
      (many, one) =>
        `All parts in one call: 20 cutouts cost ${cost(many)}. Twenty calls, one after another, would pay 20 times the ` +
        `${trips(one.trips)} of one.`,
    ),
    ...crossoverSentences(image),
  ]);
}

function crossoverSentences(image: Studied): string[] {
  const all = crossovers(image);
  return all
    .filter(({ copy }) => copy === "fits plain" || copy === "fits rice-squares")
    .map(({ title, side, at, points, download }) => {
      const most = points.at(-1)!;
      const told = `${title}, cutouts of ${side} x ${side}: `;
      const times = `(${most[0]} take ${seconds(most[1])} s, the download ${seconds(download)} s)`;
      if (at === 0) return `${told}a download is as fast from the first cutout on ${times}.`;
      if (at === Number.POSITIVE_INFINITY)
        return `${told}up to ${most[0]}, the most that were measured, no download pays ${times}.`;
      return `${told}a download pays from about ${at === 1 ? "one cutout" : at} on ${times}.`;
    });
}

function tools(image: Studied | undefined, archived: readonly Studied[]): string[] {
  const astropy = image && measureOf(image, "fits plain", "astropy", "20 x 200");
  const plain = astropy?.others["default"];
  const rows = archived.flatMap((study) => {
    const [ours, theirs] = ["fitslice", "astropy"].map((reader) =>
      measureOf(study, "as archived", reader, "20 x 40"),
    );
    return ours && theirs ? [theirs.seconds / ours.seconds] : [];
  });
  const unable = archived.flatMap(({ failures, family }) =>
    failures
      .filter(({ reader, pattern }) => reader === "astropy" && pattern === "20 x 40")
      .map(({ reason }) => `${family!.title} (${reason})`),
  );
  return said([
    astropy && plain !== undefined
      ? `Settings decide: astropy takes ${seconds(plain)} s for 20 cutouts of 200 x 200 with fsspec's defaults, ${seconds(astropy.seconds)} s ` +
        `with ${astropy.setting}; each of its ${astropy.trips} trips waits for the one before.`
      : undefined,
    image &&
      of(
        [
          measureOf(image, "fits rice-rows", "astropy", "1 x 40"),
          measureOf(image, "fits rice-rows", "fitslice", "1 x 40"),
        ],
        (theirs, ours) =>
          `Of a tiled image astropy 5.2 reads all tiles: one cutout of 40 x 40 moves ${megabytes(theirs.bytes)}, where fitslice ` +
          `moves ${megabytes(ours.bytes)}.`,
      ),
    image &&
      of(
        [
          measureOf(image, "zarr2", "zarrita", "20 x 200"),
          measureOf(image, "zarr2", "zarr-python", "20 x 200"),
        ],
        (js, py) =>
          `The reader matters as much as the format: the same Zarr costs zarrita ${cost(js)}, zarr-python 2.13 ${cost(py)}.`,
      ),
    image &&
      of(
        [
          measureOf(image, "h5", "h5py", "20 x 200"),
          measureOf(image, "tif", "geotiff.js", "20 x 200"),
          measureOf(image, "tif", "gdal", "20 x 200"),
        ],
        (h5, js, gdal) =>
          `The same cutouts cost h5py on HDF5 ${cost(h5)}, geotiff.js on COG ${cost(js)}, GDAL on COG ${cost(gdal)}.`,
      ),
    image &&
      of(
        [
          measureOf(image, "fits plain", storeReader, "20 x 200"),
          measureOf(image, "fits rice-squares", storeReader, "20 x 200"),
          measureOf(image, "refs.json", "zarrita", "20 x 200"),
          measureOf(image, "zarr2", "zarrita", "20 x 200"),
        ],
        (plain, tiled, references, native) =>
          `Readers of Zarr read FITS as well: by zarrStore zarrita takes ${cost(plain)} of the plain image, ${cost(tiled)} of square RICE ` +
          `tiles; by references ${cost(references)}; of native Zarr ${cost(native)}.`,
      ),
    rows.length > 0
      ? `Of the ${rows.length} families of archived files whose 20 cutouts of 40 x 40 both could read, astropy takes from ` +
        `${Math.min(...rows).toFixed(1)} to ${Math.max(...rows).toFixed(1)} times as long as fitslice.`
      : undefined,
    unable.length > 0 ? `astropy gave nothing for ${unable.join(", ")}.` : undefined,
  ]);
}

function improving(image: Studied | undefined, cube: Studied | undefined): string[] {
  const fits = (copy: string, pattern: string) => image && measureOf(image, copy, "fitslice", pattern);
  return said([
    of(
      [
        fits("fits rice-rows", "20 x 200"),
        fits("fits rice-squares", "20 x 200"),
        fits("fits plain", "20 x 200"),
      ],
      (rows, squares, plain) =>
        `Compression and the form of tiles: 20 cutouts of 200 x 200 move ${megabytes(plain.bytes)} of the plain image, ` +
        `${megabytes(rows.bytes)} in RICE tiles of one row, ${megabytes(squares.bytes)} in square ones ` +
        `(${seconds(plain.seconds)}, ${seconds(rows.seconds)}, ${seconds(squares.seconds)} s).`,
    ),
    of(
      [fits("fits rice-rows", "1 x 40"), fits("fits rice-squares", "1 x 40")],
      (rows, squares) =>
        `A single cutout of 40 x 40 moves ${megabytes(rows.bytes)} in tiles of one row, ${megabytes(squares.bytes)} in square tiles: tiles are ` +
        "read whole, so they should be about as large as what is cut.",
    ),
    cube &&
      of(
        [
          measureOf(cube, "fits plain", "fitslice", "spectrum"),
          measureOf(cube, "fits gzip2-cubes", "fitslice", "spectrum"),
        ],
        (plain, tiled) =>
          `A spectrum along the slow axis of ${cube.subject.title} costs ${cost(plain)} of the plain file, ${cost(tiled)} of one ` +
          "in cubic tiles.",
      ),
  ]);
}

/** A pattern of a family without an index and with one. */
interface Pair {
  readonly study: Studied;
  readonly without: Measure;
  readonly withOne: Measure;
}

function pairsOf(studies: readonly Studied[], pattern: string): readonly Pair[] {
  return studies.flatMap((study) => {
    const [without, withOne] = ["fitslice", withIndex].map((reader) =>
      measureOf(study, "as archived", reader, pattern),
    );
    return without && withOne ? [{ study, without, withOne }] : [];
  });
}

/** How much longer it takes without an index. */
function gainOf({ without, withOne }: Pair): string {
  const times = without.seconds / withOne.seconds;
  const saved = without.trips - withOne.trips;
  const fewer = saved > 0 ? `, ${trips(saved)} more` : "";
  return times > 1.1
    ? `${times.toFixed(1)} times as long without${fewer}`
    : times < 0.9
      ? `the index is slower, ${(1 / times).toFixed(1)} times`
      : "no difference that counts";
}

/** The titles of families, in brackets. */
function named(pairs: readonly Pair[]): string {
  return pairs.length === 0 ? "" : ` (${pairs.map(({ study }) => study.family!.title).join("; ")})`;
}

/** Whether a central directory pays, by files that need one most (many HDUs, one gzip stream) and those that need one least. */
function directory(archived: readonly Studied[], many: readonly Studied[]): string[] {
  const cuts = pairsOf(archived, "1 x 40");
  const saved = ({ without, withOne }: Pair): number => without.seconds - withOne.seconds;
  const gz = cuts.find(({ study }) => study.subject.name === "galex_gzip");
  const [best] = cuts.filter((pair) => pair !== gz).sort((a, b) => saved(b) - saved(a));
  const isFaster = ({ without, withOne }: Pair): boolean => withOne.seconds < without.seconds * 0.9;
  const faster = (pairs: readonly Pair[]): number => pairs.filter(isFaster).length;
  const heads = pairsOf(archived, "header");
  const all = [...cuts, ...pairsOf(many, "1 x 40")];
  const asked = ["header", "1 x 40", "20 x 40"];
  return said([
    all.length > 0
      ? `For opening a file and one cutout the index is faster in ${faster(all)} of ${all.length} files${named(all.filter(isFaster))}: it helps where the ` +
        "HDU is far behind, not where the image comes first. FITS need not have a directory inside; a small file beside it does."
      : undefined,
    ...many.flatMap((study) =>
      asked.flatMap((name) =>
        pairsOf([study], name).map((pair) => {
          const title = study.subject.patterns.find((pattern) => pattern.name === name)!.title;
          const size = study.copies[0]!.indexSize;
          const index = size === undefined ? "" : ` of ${megabytes(size)}`;
          return (
            `${study.family!.title}, the 40th HDU, ${title}: ${cost(pair.without)} without an index, ${cost(pair.withOne)} with one${index} ` +
            `(read first, and counted): ${gainOf(pair)}.`
          );
        }),
      ),
    ),
    ...many.map((study) =>
      of([measureOf(study, "as archived", "astropy", "1 x 40")], (theirs) => {
        const what = `${study.family!.title}, one cutout of the 40th HDU, by astropy at its best setting`;
        return `${what}: ${cost(theirs)}.`;
      }),
    ),
    gz &&
      `Where the file is one gzip stream: with an index that tells ways into the stream, a cutout of 40 x 40 costs ` +
        `${cost(gz.withOne)}; without one ${cost(gz.without)}.`,
    best && saved(best) > 0
      ? `Of the other families the index saves most for ${best.study.family!.title}, ${seconds(saved(best))} s of one cutout (${cost(best.without)} without, ${cost(best.withOne)} with it).`
      : undefined,
    heads.length > 0
      ? `For the header of an early HDU the index is faster in ${faster(heads)} of ${heads.length} families: reading the index is ` +
        "a trip of its own, and headers that lie in the first 128 KiB need no index."
      : undefined,
    ...pairsOf(archived, lastHeader).map(
      ({ study, without, withOne }) =>
        `Header of the last of several HDUs, ${study.family!.title}: ${cost(without)} without an index, ${cost(withOne)} with one.`,
    ),
  ]);
}

/** FITS beside another format: loses where it takes more than 1.3 times as long. */
function verdict(fits: Measure, other: Measure): string {
  const ratio = fits.seconds / other.seconds;
  if (ratio > 1.3) return `FITS loses (${ratio.toFixed(1)} times as long)`;
  return ratio < 1 / 1.3
    ? `FITS wins (${ratio.toFixed(2)} of the time)`
    : `no difference that counts (${ratio.toFixed(2)} of the time)`;
}

function losing(image: Studied | undefined, cube: Studied | undefined, table: Studied | undefined): string[] {
  const get = (copy: string, reader: string, pattern: string) =>
    image && measureOf(image, copy, reader, pattern);
  const ray = (copy: string, reader: string) => cube && measureOf(cube, copy, reader, "spectrum");
  const column = (copy: string, reader: string) => table && measureOf(table, copy, reader, "one column");
  const size = (name: string): string =>
    megabytes(image?.copies.find((copy) => copy.name === name)?.size ?? 0);
  const beside = (what: string, way: string, fits?: Measure, other?: Measure): string | undefined =>
    of(
      [fits, other],
      (a, b) =>
        `${what}: ${verdict(a, b)}. ${way} ${cost(a)}; ${other!.reader} on ${nameOf(other!)} ${cost(b)}.`,
    );
  const nameOf = ({ copy }: Measure): string =>
    copy.startsWith("zarr") ? "Zarr" : copy === "tif" ? "COG" : copy === "h5" ? "HDF5" : "Parquet";
  return said([
    beside(
      "20 cutouts of 200 x 200, square tiles",
      "FITS in RICE tiles",
      get("fits rice-squares", "fitslice", "20 x 200"),
      get("zarr2", "zarrita", "20 x 200"),
    ),
    beside(
      "The same, plain",
      "Plain FITS",
      get("fits plain", "fitslice", "20 x 200"),
      get("zarr2", "zarrita", "20 x 200"),
    ),
    beside(
      "The same beside COG",
      "FITS in RICE tiles",
      get("fits rice-squares", "fitslice", "20 x 200"),
      get("tif", "geotiff.js", "20 x 200"),
    ),
    beside(
      "The same with rows as chunks in both",
      "FITS in RICE tiles of one row",
      get("fits rice-rows", "fitslice", "20 x 200"),
      get("zarr2 rows", "zarrita", "20 x 200"),
    ),
    beside(
      "One column of an image",
      "Plain FITS",
      get("fits plain", "fitslice", "column"),
      get("zarr2", "zarrita", "column"),
    ),
    beside(
      "The same in square tiles",
      "FITS in RICE tiles",
      get("fits rice-squares", "fitslice", "column"),
      get("zarr2", "zarrita", "column"),
    ),
    beside(
      "A spectrum along the slow axis of a cube",
      "Plain FITS",
      ray("fits plain", "fitslice"),
      ray("zarr2", "zarrita"),
    ),
    beside(
      "The same in cubic tiles",
      "FITS in GZIP_2 tiles",
      ray("fits gzip2-cubes", "fitslice"),
      ray("zarr2", "zarrita"),
    ),
    beside(
      "One column of a catalog",
      "A FITS table, which lies row by row,",
      column("fits plain", "fitslice"),
      column("parquet", "hyparquet"),
    ),
    beside(
      "The same in a compressed table, the Standard's own form that keeps columns apart",
      "The compressed FITS table",
      column("fits packed", "fitslice"),
      column("parquet", "hyparquet"),
    ),
    image &&
      `A picture of the whole image: FITS has no overviews, so all of it has to be read; COG holds smaller copies of itself (${size("tif")} on disk; ` +
        `the image in square RICE tiles, without them, ${size("fits rice-squares")}).`,
    "Not measured, but so: floats are compressed well only with loss (quantized), and the length of a header is not known before it is read.",
  ]);
}

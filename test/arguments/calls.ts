/**
 * Every public function and method, each with arguments that it takes.
 */
import * as cutout from "../../src/cutout/index.js";
import * as exports from "../../src/export/index.js";
import * as main from "../../src/index.js";
import * as list from "../../src/list/index.js";
import * as picture from "../../src/picture/index.js";
import * as plot from "../../src/plot/index.js";
import * as service from "../../src/service/index.js";
import * as stamps from "../../src/stamps/index.js";
import * as verify from "../../src/verify/index.js";
import * as wcs from "../../src/wcs/index.js";
import * as write from "../../src/write/index.js";
import * as zarr from "../../src/zarr/index.js";
import { exampleFile, exampleTargets } from "../fixtures/example.js";

export const entries: Readonly<Record<string, object>> = {
  main,
  cutout,
  export: exports,
  list,
  picture,
  plot,
  service,
  stamps,
  verify,
  wcs,
  write,
  zarr,
};

/** A function, and arguments that it takes. */
export interface Call {
  readonly name: string;
  readonly call: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
}

/** What is exported and is no function that takes arguments; and what would write to a store: test/list/put.test.ts calls that. */
export const values: readonly string[] = [
  "list.putObject",
  "list.removeObject",
  "main.FitsError",
  "service.Refusal",
  "export.aggregates",
  "export.typeStrings",
  "picture.colormaps",
  "picture.stretches",
  "wcs.baseUnits",
  "write.memorySpool",
];

type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** The arguments of every function of every entry, as `entry.name`. */
export async function publicCalls(): Promise<Call[]> {
  const bytes = await exampleFile();
  const fits = await main.open(bytes);
  const [sci, catalog] = [await fits.image("SCI"), await fits.table("CATALOG")];
  const sky = await wcs.readWcs(fits, "SCI");
  const celestial = sky.celestial!;
  const [icrs, galactic] = [wcs.parseFrame("icrs"), wcs.parseFrame("galactic")];
  const source = await main.resolveSource(bytes);
  const profile = main.createProfile();
  const pixels = main.ndarray(new Float32Array(6).fill(2), [2, 3]);
  const numbers = new Float64Array([1, 2, 3]);
  const degrees = new Float64Array([1, 2, 3]);
  const center = { x: 200, y: 150 };
  const view = {
    ...{ left: 0, top: 0, width: 4, height: 4, equatorial: true },
    toSky: (x: number, y: number) => [10 - x, y] as const,
    toPlace: (lon: number, lat: number) => [10 - lon, lat] as const,
  };
  const region = { center, size: 4 };
  const grid = { start: [0, 0], count: [2, 3], step: [1, 1] };
  const cube = {
    ...{ start: [0, 0, 0], count: [1, 2, 3], step: [1, 1, 1], shape: [1, 2, 3] },
    dropped: [false, false, false],
  };
  const fitted = cutout.fitGrid(grid, sci.shape);
  const { items } = { items: [{ keyword: "A", value: 1 }] };
  const listed = await stamps.parseList(new TextEncoder().encode(exampleTargets));
  const targets = [...stamps.targetsIn(listed)];
  const columns = stamps.targetColumns(["name", "ra", "dec"]);
  const spec = { size: wcs.parseSize("4pix") };
  const job = await stamps.planStamps(targets, spec, { source: "a.fits" });
  const shard = job.shards[0]!;
  const open = async () => ({ fits });
  let cut: stamps.CutStamp | undefined;
  for await (const batch of stamps.cutShard(shard, spec, { open })) cut ??= batch[0]?.cut;
  const { footprints } = await stamps.footprintsOf(fits, "a.fits");
  const plan = sci.plan("1:2,1:2");
  const header = sci.header;
  const parquet = await collected(exports.toParquet(catalog));
  const arrow = await collected(exports.toArrowFile(catalog));
  const hdus = [write.imageHdu({ data: pixels })];
  const drawn = { ...picture.render(pixels), png: new Uint8Array(8) };
  const fetch = async () => new Response("%J 1 2\n");
  const look = async () => main.resolveSource(bytes);
  const write1 = { write: () => {} };
  const batch = await catalog.select({ limit: 3 });
  const summary = profile.summary();
  const column = catalog.columns[0]!;
  const made = await zarr.references(fits, { urls: ["http://127.0.0.1:9/x.fits"] });
  const references = JSON.stringify(made.file);

  const calls: Record<string, readonly unknown[]> = {
    "main.degreesPerUnit": [column],
    "main.findCoordinates": [catalog.columns],
    "main.ndarray": [new Float32Array(6), [2, 3]],
    "main.parseHeader": [bytes.subarray(0, 2880), 80 * 8],
    "main.withInherited": [header, header],
    "main.headerWarnings": [header],
    "main.parseFitsSection": ["1:2,1:3", [4, 5]],
    "main.open": [bytes, {}],
    "main.toHar": [summary, new Date(0)],
    "main.done": [1],
    "main.map": [plan, (x: unknown) => x],
    "main.read": ["a", { offset: 0, length: 10 }, {}],
    "main.together": [[plan]],
    "main.createProfile": [{}],
    "main.createReader": [source, {}],
    "main.run": [plan, source, {}],
    "main.openSession": [{}],
    "main.httpSource": ["http://127.0.0.1:9/x.fits", {}],
    "main.lastingCache": [{}],
    "main.registerSource": ["wrongarguments", () => source],
    "main.resolveSource": [bytes, {}],
    "main.showAddress": ["https://a.b/c?sig=d"],
    "cutout.cutout": [sci, region],
    "cutout.cutoutHdus": [fits, region],
    "cutout.cutoutRegions": [fits, [region], {}],
    "cutout.cutouts": [sci, [region], {}],
    "cutout.imagesIn": [fits, ["SCI"], {}],
    "cutout.fitGrid": [grid, [4, 5], "trim", "it"],
    "cutout.fitsSection": [grid],
    "cutout.cutoutHeader": [sci, grid, {}],
    "cutout.cutoutFile": [fits, cut!.cuts, {}],
    "cutout.placeRegion": [sci, celestial, region, {}],
    "cutout.cutSections": [fits, [sci], ["1:2,1:2"], {}],
    "cutout.openGrid": ["1:2,1:2", sci],
    "cutout.sectionCuts": [fits, [sci], "1:2,1:2", {}],
    "cutout.sectionPixels": [sci, fitted, {}],
    "export.toArrow": [catalog, {}],
    "export.toArrowFile": [catalog, {}],
    "export.csvQuoter": [{}],
    "export.npyBytes": [pixels],
    "export.npyHeader": ["float32", [2, 3]],
    "export.toVotable": [catalog, {}],
    "export.toTsv": [catalog, {}],
    "export.toEcsv": [catalog, {}],
    "export.shortestFloat32": [0.5],
    "export.computedTable": [catalog, [{ name: "f", expression: "mag + 1" }]],
    "export.groupedRows": [catalog, ["class"], [{ of: "count" }], {}],
    "export.sortedRowNumbers": [catalog, [{ column: "mag" }], {}],
    "export.sampledRowNumbers": [catalog, 3, {}],
    "export.columnDistribution": [catalog, "mag", { median: true }, {}],
    "export.imageDistribution": [sci, "0:2,0:3", { median: true }, {}],
    "export.isNumeric": [column],
    "export.nanMap": [sci, "0:2,0:3", {}],
    "export.planesOf": [{ ...sci, resolve: () => cube }, undefined],
    "service.service": [{ find: async () => undefined }],
    "export.toCsv": [catalog, {}],
    "export.toJson": [catalog, {}],
    "export.toNdjson": [catalog, {}],
    "export.toParquet": [catalog, {}],
    "export.fromArrow": [arrow],
    "export.fromParquet": [parquet],
    "list.isPattern": ["a*"],
    "list.withLogin": ["ftp://a.example/b.fits", "ftp://ann:word@a.example/*"],
    "list.keywordsOf": [sci, ["EXTNAME"]],
    "list.matchesKeyword": ["A*", "AB"],
    "list.headersOf": [["nothing-there.fits"], { keywords: ["A"] }],
    "list.list": ["nothing-there", {}],
    "picture.binned": [pixels, { bin: 2 }],
    "picture.colormapColors": ["gray"],
    "picture.toImageData": [sci, {}],
    "picture.limitsOf": [numbers, {}, "minmax"],
    "picture.checkLook": [{}],
    "picture.checkPng": [{}],
    "picture.lupton": [pixels, pixels, pixels, {}],
    "picture.toLuptonPng": [[sci, sci, sci], {}],
    "picture.encodePng": [{ width: 1, height: 1, rgb: new Uint8Array(3) }],
    "picture.render": [pixels, {}],
    "picture.renderImage": [sci, {}],
    "picture.toPng": [sci, {}],
    "picture.zscale": [numbers],
    "plot.directionsAt": [view, [2, 2]],
    "plot.skyGrid": [view],
    "plot.roundLength": [0.5],
    "plot.histogramOf": [numbers, {}],
    "plot.histogramPlot": [plot.histogramOf(numbers), {}],
    "plot.linePlot": [numbers, numbers, {}],
    "plot.scatterPlot": [numbers, numbers, {}],
    "plot.imagePlot": [drawn, {}],
    "plot.plotPng": [plot.linePlot(numbers, numbers, { width: 50, height: 50 }), {}],
    "stamps.chooser": [[{ access_url: "a", s_ra: 1, s_dec: 2, s_region: "POLYGON ICRS 0 0 1 0 1 1" }]],
    "stamps.footprintOf": [sci, celestial, "a.fits"],
    "stamps.footprintBytes": [footprints],
    "stamps.footprintColumns": [["a"]],
    "stamps.footprintsIn": [await stamps.parseList(await stamps.footprintBytes(footprints))],
    "stamps.footprintsOf": [fits, "a.fits", {}],
    "stamps.sortFootprints": [footprints],
    "stamps.healpix29": [1, 2],
    "stamps.planStamps": [targets, spec, { source: "a.fits" }],
    "stamps.parseList": [new TextEncoder().encode(exampleTargets), {}],
    "stamps.outcomeKey": [{ row: 0, source: "a" }],
    "stamps.cutShard": [shard, spec, { open }],
    "stamps.stampBytes": [cut, {}],
    "stamps.stampExtension": [cut, { name: "A", ver: 1 }, {}],
    "stamps.isTarget": [targets[0]],
    "stamps.targetColumns": [["ra", "dec"], () => undefined],
    "stamps.targetOf": [0, columns, () => 1],
    "stamps.targetsIn": [listed],
    "stamps.usefulColumns": [["ra", "dec"]],
    "wcs.footprint": [celestial, [300, 400]],
    "wcs.orientationAt": [celestial, 1, 2],
    "wcs.convertFrame": [degrees, degrees, icrs, galactic],
    "wcs.convertPoint": [[1, 2], icrs, galactic],
    "wcs.isSameFrame": [icrs, galactic],
    "wcs.frameLabel": [icrs],
    "wcs.parseFrame": ["icrs"],
    "wcs.wcsOf": [header, {}],
    "wcs.parseCone": ["1 2 3arcsec"],
    "wcs.formatPosition": [[1, 2], {}],
    "wcs.parsePosition": ["1 2"],
    "wcs.parseSize": ["4pix"],
    "wcs.readWcs": [fits, "SCI", {}],
    "wcs.resolveName": ["M31", { fetch, hosts: ["http://127.0.0.1:9/"] }],
    "wcs.unitOf": ["deg"],
    "verify.verify": [fits, {}],
    "write.arraySource": [pixels, header],
    "write.asciiTableHdu": [{ columns: [{ name: "a", format: "I4" }], rowCount: 0, batches: [] }],
    "write.formatCard": [items[0]],
    "write.nameProblems": [[{ name: "a" }]],
    "write.addChecksum": [0, bytes.subarray(0, 2880), 0],
    "write.encodeChecksum": [0],
    "write.verifyChecksum": [bytes.subarray(0, 2880), []],
    "write.compressedHdu": [write.arraySource(pixels), {}],
    "write.compressedHdus": [fits, {}],
    "write.uncompressedHdus": [fits, {}],
    "write.copiedHdus": [fits, {}],
    "write.editedHdu": [hdus[0]!, sci, { drop: ["A"] }],
    "write.parseCardEdit": ["A=1"],
    "write.batchColumn": [batch.columns[0]],
    "write.cardsAsRead": [header],
    "write.columnAsRead": [column],
    "write.fitsBytes": [hdus, {}],
    "write.fitsChunks": [hdus, {}],
    "write.writeFits": [write1, hdus, {}],
    "write.formatHeader": [items],
    "write.imageHdu": [{ data: pixels }],
    "write.formatComplex": [[1, 2]],
    "write.formatFloat": [1],
    "write.formatNumber": [1],
    "write.tableHdu": [{ columns: [{ name: "a", format: "J" }], rowCount: 0, batches: [] }],
    "write.tableFileHdus": [fits, catalog, {}],
    "zarr.checkReferences": [references, look],
    "zarr.zarrHandler": [fits, {}],
    "zarr.references": [fits, { urls: ["http://127.0.0.1:9/x.fits"] }],
    "zarr.zarrStore": [fits, {}],
  };
  const methods: Record<string, readonly [object, Record<string, readonly unknown[]>]> = {
    Fits: [
      fits,
      {
        hdu: ["SCI", {}],
        image: ["SCI", {}],
        table: ["CATALOG", {}],
        hdus: [{}],
        iterate: [{}],
        layouts: [{}],
        run: [plan, {}],
        explain: [plan, {}],
        index: [{}],
      },
    ],
    ImageHdu: [
      sci,
      {
        is: ["float32"],
        resolve: ["1:2,1:2"],
        plan: ["1:2,1:2", {}],
        section: ["1:2,1:2", {}],
        sections: [["1:2,1:2"], {}],
        bands: ["1:2,1:2", {}],
        stats: ["1:2,1:2", {}],
      },
    ],
    TableHdu: [
      catalog,
      { column: ["mag", {}], select: [{}], batches: [{}], rows: [{}], describe: [{}], plan: [{}] },
    ],
    Batch: [batch, { rowNumber: [0], column: ["mag"] }],
    Header: [
      header,
      Object.fromEntries(
        "has card all get string number integer bigint boolean complex comment unit"
          .split(" ")
          .map((name) => [name, ["NOTHING"]]),
      ),
    ],
    Wcs: [sky, { toWorld: [[numbers, numbers]], toPixel: [[degrees, degrees]] }],
    Celestial: [
      celestial,
      { toSky: [1, 2], toPixel: [1, 2], skyOf: [numbers, numbers], pixelsOf: [degrees, degrees] },
    ],
    Reader: [main.createReader(source), { run: [plan, {}], explain: [plan, {}] }],
    Chooser: [stamps.chooser([]), { matches: [1, 2, 3] }],
    ZarrStore: [
      zarr.zarrStore(fits),
      { get: ["/zarr.json", {}], getRange: ["/zarr.json", { offset: 0, length: 1 }, {}] },
    ],
    ZarrHandler: [{ handle: zarr.zarrHandler(fits) }, { handle: [new Request("http://a.b/zarr.json")] }],
  };
  return [
    ...Object.entries(calls).map(([name, args]): Call => {
      const [entry, short] = name.split(".") as [string, string];
      return { name, args, call: (entries[entry] as Functions)[short]! };
    }),
    ...Object.entries(methods).flatMap(([type, [object, list]]) =>
      Object.entries(list).map(([method, args]): Call => {
        const call = (object as Functions)[method]!;
        return { name: `${type}.${method}`, args, call: call.bind(object) };
      }),
    ),
  ];
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}

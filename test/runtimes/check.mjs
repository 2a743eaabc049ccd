/**
 * What every runtime must be able to do with the package as users install it: one line for each thing, `ok` or `FAIL`. Exits
 * with 1 where one fails. Runs in the folder of the files, beside the installed package.
 *
 * Usage: RUNTIME check.mjs '{"http": "http://...", "s3": "http://..."}'
 */
import { readFile, writeFile } from "node:fs/promises";
import { createProfile, lastingCache, open, openSession } from "fitslice";
import { cutout } from "fitslice/cutout";
import { toCsv } from "fitslice/export";
import { list } from "fitslice/list";
import { encodePng, render, toImageData } from "fitslice/picture";
import { service } from "fitslice/service";
import { verify } from "fitslice/verify";
import { readWcs } from "fitslice/wcs";
import { fitsBytes } from "fitslice/write";
import { zarrStore } from "fitslice/zarr";
import { tiledPixel, tiledSide } from "./pixels.mjs";

const { http, s3 } = JSON.parse(process.argv[2]);
const equal = (got, right) => {
  const [a, b] = [got, right].map((value) =>
    JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}n` : v)),
  );
  if (a !== b) throw new Error(`${a.slice(0, 300)} is not ${b.slice(0, 300)}`);
};
/** What exampleFile has at its pixels, by a section of few of them. */
const few = "100:102, 200:203";
async function fewPixels(fits) {
  const { data, shape } = await (await fits.image("SCI")).section(few);
  equal(shape, [2, 3]);
  return Array.from(data);
}
const local = await open("example.fits");
const right = await fewPixels(local);

const things = {
  "a section over HTTP, in parts": async () => {
    const profile = createProfile();
    const fits = await open(`${http}/example.fits`, { profile });
    equal(await fewPixels(fits), right);
    const { bytes } = profile.summary();
    if (bytes > 300_000) throw new Error(`${bytes} bytes were read`);
    await fits.close();
  },
  "a section of S3, signed": async () => {
    const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
    const s3Options = { endpoint: s3, region: "us-east-1", credentials };
    const fits = await open("s3://archive/example.fits", { s3: s3Options });
    equal(await fewPixels(fits), right);
    await fits.close();
    const names = [];
    for await (const { href } of list("s3://archive/", { s3: s3Options })) names.push(href);
    equal(names, ["s3://archive/example.fits"]);
  },
  "a refusal of S3": async () => {
    const options = { s3: { endpoint: s3, credentials: { accessKeyId: "key", secretAccessKey: "wrong" } } };
    const error = await open("s3://archive/example.fits", options).then(
      () => undefined,
      (error) => error,
    );
    equal(error?.code, "BAD_CREDENTIALS");
  },
  "a file of the disk": async () => {
    equal(await fewPixels(local), right);
    const missing = await open("no-such.fits").catch(({ code }) => code);
    equal(missing, "NOT_FOUND");
  },
  "a Blob": async () => {
    const bytes = await (await fetch(`${http}/example.fits`)).arrayBuffer();
    const fits = await open(new Blob([bytes]));
    equal(await fewPixels(fits), right);
    await fits.close();
  },
  "a compressed image, by workers": async () => {
    const session = openSession({ workers: 2, cacheBytes: 0 });
    const fits = await open(`${http}/tiled.fits.fz`, { session });
    const image = await fits.image(1);
    // The installed copy of a worker writes a character here for each job. Those who start late have none of the first read.
    for (
      let jobs = 0, reads = 0;
      jobs === 0;
      jobs = (await readFile("jobs.log", "utf8").catch(() => "")).length
    ) {
      if (reads++ === 5) throw new Error("no worker had a job in five reads");
      const { data } = await image.section();
      let wrong = 0;
      for (let i = 0; i < data.length; i++)
        if (data[i] !== tiledPixel(Math.floor(i / tiledSide), i % tiledSide)) wrong++;
      equal([data.length, wrong], [tiledSide ** 2, 0]);
    }
    await fits.close();
  },
  "a file that is compressed as a whole": async () => {
    const fits = await open(`${http}/example.fits.gz`);
    equal(await fewPixels(fits), right);
    await fits.close();
  },
  "rows of a table, by a condition": async () => {
    const catalog = await local.table("CATALOG");
    const few = await catalog.select({
      columns: ["id", "class"],
      where: "flag == 1 and mag < 16.3",
      limit: 2,
    });
    equal([...few.column("id")], [9007199254740994n, 9007199254741045n]);
    equal([...few.column("class")], ["GALAXY", "STAR"]);
    let text = "";
    const decoder = new TextDecoder();
    for await (const part of toCsv(catalog, { rows: { stop: 2 } })) text += decoder.decode(part);
    equal(text.split(/\r?\n/)[1].split(",")[0], "9007199254740993");
  },
  "a cutout, written, read back, verified": async () => {
    const stamp = await cutout(local, { hdu: "SCI", center: "150.421375 2.422383", size: 8 });
    const { hdus } = await stamp.file();
    await writeFile("stamp.fits", await fitsBytes(hdus, { checksum: true }));
    const fits = await open("stamp.fits");
    const { data, shape } = await (await fits.image()).section();
    equal([shape, Array.from(data)], [[8, 8], Array.from(stamp.data.data)]);
    const faults = [];
    for await (const fault of verify(fits)) faults.push(fault);
    equal(faults, []);
    await fits.close();
  },
  "world coordinates": async () => {
    const { celestial } = await readWcs(local, "SCI");
    const at = celestial.toSky(199.5, 149.5).map((degrees) => degrees.toFixed(6));
    equal(at, ["150.421375", "2.422383"]);
  },
  "a cache that lasts": async () => {
    const cache = lastingCache({ folder: "kept" });
    const requests = [];
    for (let i = 0; i < 2; i++) {
      const profile = createProfile();
      const fits = await open(`${http}/example.fits`, { cache, profile });
      equal(await fewPixels(fits), right);
      requests.push(profile.summary().bytes);
      await fits.close();
    }
    if (requests[1] > 1) throw new Error(`the second read moved ${requests[1]} bytes`);
  },
  "the service, as a function": async () => {
    const answer = service({ find: async (id) => (id === "m31" ? { fits: local } : undefined) });
    const response = await answer(
      new Request("http://my.example/cutout?id=m31&ra=150.421375&dec=2.422383&size=20pix"),
    );
    equal(response.status, 200);
    const fits = await open(await response.arrayBuffer());
    equal((await fits.image()).shape, [20, 20]);
    await fits.close();
  },
  "a file as Zarr": async () => {
    const group = await zarrStore(local).get("/SCI/data/zarr.json");
    equal(JSON.parse(new TextDecoder().decode(group)).shape, [300, 400]);
  },
  "a picture": async () => {
    const { width, height } = await toImageData(await local.image("SCI"));
    equal([width, height], [400, 300]);
    const png = await encodePng(render(await (await local.image("SCI")).section(few)));
    equal(Array.from(png.subarray(0, 4)), [0x89, 0x50, 0x4e, 0x47]);
  },
};

let failed = 0;
for (const [name, does] of Object.entries(things)) {
  try {
    await does();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}: ${error?.stack ?? error} ${error?.code ?? ""} ${error?.cause ?? ""}`);
  }
}
await local.close();
process.exitCode = failed > 0 ? 1 : 0;

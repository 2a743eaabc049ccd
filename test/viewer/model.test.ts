/** The model: which HDU is shown, which planes there are, and that the last request wins. */
import { ndarray, open, toHar } from "fitslice";
import { writeOverview } from "fitslice/overview";
import { fitsBytes, imageHdu, tableHdu } from "fitslice/write";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ViewerModel } from "../../viewer/src/model.js";
import { startRangeServer } from "../servers/range-server.js";

const image = (shape: number[], name: string) => {
  const count = shape.reduce((a, b) => a * b, 1);
  return imageHdu({ data: ndarray(new Float32Array(count), shape), name });
};
const table = () =>
  tableHdu({
    columns: [{ name: "a", format: "1J" }],
    batches: [{ columns: [{ values: Int32Array.of(1, 2) }] }],
  });

let model: ViewerModel;
let errors: string[];
beforeEach(() => {
  model = new ViewerModel();
  errors = [];
  model.on("error", (error) => errors.push(error.message));
});
afterEach(() => model.end());

const file = (): Promise<Uint8Array> =>
  fitsBytes([imageHdu({}), image([3, 4], "A"), image([3, 4], "B"), image([5, 2, 6, 8], "CUBE"), table()]);

describe("a file", () => {
  test("shows its first image that has pixels, fit, in the middle", async () => {
    await model.open(await file());
    expect(model.state).toMatchObject({ hdu: 1, plane: [], center: [1.5, 1], zoom: 0 });
    expect(model.image?.name).toBe("A");
    expect(errors).toEqual([]);
  });

  test("knows when its first request was sent, also long after", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      vi.setSystemTime("2026-05-04T10:00:00Z");
      await model.open(await file());
      vi.setSystemTime("2026-05-04T11:30:00Z");
      await model.select("B");
      const [{ startedDateTime }] = toHar(model.profile.summary(), model.startedAt).log.entries as [
        { startedDateTime: string },
      ];
      expect(startedDateTime).toMatch(/^2026-05-04T(09:59|10:00)/);
    } finally {
      vi.useRealTimers();
    }
  });

  test("shows what is wanted, by index or name", async () => {
    await model.open(await file(), { hdu: "CUBE", plane: [4, 1], zoom: 3, stretch: "log" });
    expect(model.state).toMatchObject({ hdu: 3, plane: [4, 1], center: [3.5, 2.5], zoom: 3, stretch: "log" });
  });

  test("without an image shows its table, without both its first HDU", async () => {
    await model.open(await fitsBytes([imageHdu({}), table()]));
    expect([model.state.hdu, model.hdu?.kind, model.image]).toEqual([1, "table", undefined]);
    await model.open(await fitsBytes([imageHdu({})]));
    expect([model.state.hdu, model.hdu?.kind, model.image]).toEqual([0, "image", undefined]);
    expect(errors).toEqual([]);
  });

  test("that has no such HDU shows its first image, with what of the view goes with any", async () => {
    const wanted = { hdu: 99, plane: [1], center: [1, 1], zoom: 7, stretch: "log", grid: true } as const;
    await model.open(await file(), wanted);
    expect(model.state).toMatchObject({
      hdu: 1,
      plane: [],
      center: [1.5, 1],
      zoom: 0,
      stretch: "log",
      grid: true,
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/no HDU 99/);
  });

  test("is shown, whatever is wrong with the view that is wanted", async () => {
    const wanted = {
      hdu: 2,
      center: [1e9, 1],
      vmin: 5,
      vmax: 3,
      colormap: "nope",
      zoom: 7,
      invert: true,
    } as const;
    await model.open(await file(), wanted);
    expect(model.state).toMatchObject({
      hdu: 2,
      center: [1.5, 1],
      zoom: 0,
      vmin: undefined,
      colormap: "gray",
      invert: true,
    });
    expect(errors.join("; ")).toMatch(
      /pixel 1000000001, 2 is not in the image of 4 x 3 pixels.*nope.*5 is above 3/,
    );
  });

  test("tells all of its HDUs when it is asked", async () => {
    await model.open(await file());
    await model.findHdus();
    expect(model.hdus.map(({ name }) => name)).toEqual(["PRIMARY", "A", "B", "CUBE", ""]);
  });

  test("that is none is an error beside the viewer, which opens the next one", async () => {
    await model.open(new Uint8Array(2880));
    expect(errors).toHaveLength(1);
    expect([model.image, model.busy]).toEqual([undefined, undefined]);
    await model.open(await file());
    expect([errors.length, model.state.hdu]).toEqual([1, 1]);
  });

  test("that is opened while another one opens is the one that is shown", async () => {
    const first = model.open(await fitsBytes([image([9, 9], "LATE")]));
    const second = model.open(await file());
    await Promise.all([first, second]);
    expect([model.image?.name, model.busy, errors]).toEqual(["A", undefined, []]);
  });

  test("moves what the model says", async () => {
    const bytes = await file();
    await model.open(bytes);
    expect(model.moved).toEqual({ bytes: model.profile.summary().bytes, requests: 1 });
  });
});

describe("an HDU", () => {
  test("of the same size is shown at the same place; another one fits", async () => {
    await model.open(await file(), { center: [1, 2], zoom: 7 });
    await model.select(2);
    expect(model.state).toMatchObject({ hdu: 2, center: [1, 2], zoom: 7 });
    await model.select("CUBE");
    expect(model.state).toMatchObject({ hdu: 3, plane: [0, 0], center: [3.5, 2.5], zoom: 0 });
  });

  test("is the last one that was asked for", async () => {
    await model.open(await file());
    const shown: unknown[] = [];
    model.on("image", () => shown.push(model.state.hdu));
    await Promise.all([model.select(2), model.select(3), model.select(1)]);
    expect(shown).toEqual([1]);
  });

  test("that is not there leaves what is shown", async () => {
    await model.open(await file());
    await model.select("NOPE");
    expect([model.state.hdu, errors.length]).toEqual([1, 1]);
    expect(errors[0]).toContain("NOPE");
  });

  test("that a link names and that is not there leaves the image, and has its look", async () => {
    await model.open(await file());
    model.restore({ hdu: 7, stretch: "log" });
    await vi.waitFor(() => expect(errors).toHaveLength(1));
    expect(model.state).toMatchObject({ hdu: 1, stretch: "log" });
    model.restore({ plane: [1], center: [-9, 0], zoom: 4, grid: true });
    expect(errors[1]).toMatch(/there is no plane \[1\]; pixel -8, 1 is not in the image/);
    expect(model.state).toMatchObject({ center: [1.5, 1], zoom: 0, grid: true });
  });
});

describe("the state", () => {
  test("tells what has changed, and only that", async () => {
    await model.open(await file(), { hdu: 3 });
    const told: unknown[] = [];
    model.on("state", (names) => told.push(names));
    model.on("image", () => told.push("image"));
    model.update({ zoom: 2, grid: false, plane: [0, 0] });
    model.update({ zoom: 2 });
    model.update({ plane: [1, 0] });
    expect(told).toEqual([["zoom"], ["plane"], "image"]);
  });

  test("has a limit below the other: one that crosses it leaves that to the rule", async () => {
    await model.open(await file(), { vmin: 1, vmax: 3 });
    model.update({ vmin: 5 });
    expect(model.state).toMatchObject({ vmin: 5, vmax: undefined });
    model.update({ vmax: 9 });
    model.update({ vmax: 2 });
    expect(model.state).toMatchObject({ vmin: undefined, vmax: 2 });
    expect(() => model.update({ vmin: 4, vmax: 3 })).toThrow("4 is above 3");
  });

  test("has planes of the image only", async () => {
    await model.open(await file(), { hdu: 3, plane: [9, 0] });
    expect(errors).toEqual(["HDU 3 has planes of shape [5, 2]; there is no plane [9, 0]"]);
    expect(model.state).toMatchObject({ hdu: 3, plane: [0, 0] });
    expect(() => model.update({ plane: [0, 2] })).toThrow("there is no plane [0, 2]");
    expect(() => model.update({ plane: [0] })).toThrow("there is no plane [0]");
    expect(model.state.plane).toEqual([0, 0]);
  });

  test("takes nothing that it cannot be", async () => {
    await model.open(await file());
    expect(() => model.update({ zoom: Number.NaN })).toThrow("zoom of a view is a number from 0");
    expect(() => model.update({ colormap: "nope" })).toThrow("nope");
    expect(() => model.update({ nope: 1 } as never)).toThrow('a view has no "nope"');
    expect(model.state.zoom).toBe(0);
  });
});

describe("an overview beside the file", () => {
  const large = (): Promise<Uint8Array> => fitsBytes([image([1200, 5200], "SCI"), image([3, 4], "SMALL")]);
  const overviewBytes = async (url: string): Promise<Uint8Array> => {
    const chunks: Uint8Array[] = [];
    const fits = await open(url);
    for await (const chunk of writeOverview(fits)) chunks.push(chunk.slice());
    await fits.close();
    return Buffer.concat(chunks);
  };

  test("is used for a large image, and looked for with one request where there is none", async () => {
    const server = await startRangeServer({ files: { "/a.fits": await large() } });
    const beside = () => server.requests.filter(({ path }) => path === "/a.ovr.fits").length;
    await model.open(`${server.url}/a.fits`);
    await model.beside;
    expect([model.state.hdu, model.overview, beside(), errors]).toEqual([0, undefined, 1, []]);
    server.set("/a.ovr.fits", await overviewBytes(`${server.url}/a.fits`));
    await model.open(`${server.url}/a.fits`);
    await model.beside;
    expect(model.overview?.levels.map(({ factor }) => factor)).toEqual([16, 8]);
    expect(model.overview?.finest).toBeUndefined();
    server.requests.length = 0;
    await model.select("SMALL");
    expect([model.image?.name, model.overview, beside()]).toEqual(["SMALL", undefined, 0]);
    await server.close();
  });

  test("is not looked for where its blocks of 8 x 8 pixels would be too coarse for a canvas", async () => {
    const server = await startRangeServer({
      files: { "/a.fits": await fitsBytes([image([2500, 2500], "SCI")]) },
    });
    await model.open(`${server.url}/a.fits`);
    expect([model.state.hdu, server.requests.map(({ path }) => path)]).toEqual([0, ["/a.fits"]]);
    await server.close();
  });

  test("that answers as soon as the file did is there before a row is read", async () => {
    const server = await startRangeServer({ files: { "/a.fits": await large() }, latency: 200 });
    server.set("/a.ovr.fits", await overviewBytes(`${server.url}/a.fits`));
    let known: unknown;
    const end = model.on("image", () => (known ??= model.image && (model.overview?.levels.length ?? 0)));
    await model.open(`${server.url}/a.fits`);
    end();
    expect(known).toBeGreaterThan(0);
    await server.close();
  });

  test("is not waited for where it is slow, is told of level by level, and is dropped with its file", async () => {
    const server = await startRangeServer({ files: { "/a.fits": await large() } });
    const bytes = await overviewBytes(`${server.url}/a.fits`);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      await held;
      return bytes.subarray(offset, offset + length);
    };
    server.set("/a.ovr.fits", { size: bytes.length, read });
    const told: unknown[] = [];
    model.on("overview", () =>
      told.push([model.overview?.levels.map(({ factor }) => factor), model.overview?.finest]),
    );
    await model.open(`${server.url}/a.fits`);
    expect([model.image?.name, model.busy, model.overview]).toEqual(["SCI", undefined, undefined]);
    release();
    await model.beside;
    expect(told).toEqual([
      [[16], 8],
      [[16, 8], 8],
      [[16, 8], undefined],
    ]);
    const { fits } = model.overview!.levels[0]!;
    model.close();
    await expect(fits.hdu(0)).rejects.toMatchObject({ code: "CLOSED" });
    expect([model.overview, errors]).toEqual([undefined, []]);
    await server.close();
  });

  test("that is looked for in vain when another HDU is chosen is no error", async () => {
    const server = await startRangeServer({ files: { "/a.fits": await large() } });
    const hangs = { size: 1e6, read: () => new Promise<Uint8Array>(() => {}) };
    server.set("/a.ovr.fits", hangs);
    await model.open(`${server.url}/a.fits`);
    const { beside } = model;
    await model.select("SMALL");
    await beside;
    expect([model.image?.name, model.overview, errors]).toEqual(["SMALL", undefined, []]);
    await server.close();
  });

  test("of another file is refused in one line, and the image is shown", async () => {
    const server = await startRangeServer({ files: { "/a.fits": await large() } });
    server.set("/a.ovr.fits", await overviewBytes(`${server.url}/a.fits`));
    server.set("/a.fits", await large());
    await model.open(`${server.url}/a.fits`);
    await model.beside;
    expect([model.state.hdu, model.overview, errors.length]).toEqual([0, undefined, 1]);
    expect(errors[0]).toMatch(/a\.ovr\.fits/);
    await server.close();
  });
});

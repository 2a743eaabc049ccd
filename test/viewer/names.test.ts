/** Names in "go to": sent to CDS when the user has said so, and never before. */
import { ndarray } from "fitslice";
import { resolveName } from "fitslice/wcs";
import { fitsBytes, imageHdu } from "fitslice/write";
import { beforeEach, expect, test, vi } from "vitest";
import { ViewerModel } from "../../viewer/src/model.js";
import { findPosition } from "../../viewer/src/sky/positions.js";
import type { Viewer } from "../../viewer/src/viewer.types.js";

vi.mock("fitslice/wcs", async (original) => ({
  ...(await original<typeof import("fitslice/wcs")>()),
  resolveName: vi.fn(async () => ({ lon: 10, lat: 20.01, name: "M  31" })),
}));
const asked = vi.mocked(resolveName);
const { signal } = new AbortController();

let questions: string[];
let says: boolean;
let viewer: Viewer;
beforeEach(async () => {
  asked.mockClear();
  questions = [];
  says = true;
  const cards = {
    CTYPE1: "RA---TAN",
    CTYPE2: "DEC--TAN",
    CRVAL1: 10,
    CRVAL2: 20,
    CRPIX1: 50,
    CRPIX2: 50,
    CDELT1: -0.001,
    CDELT2: 0.001,
    RADESYS: "ICRS",
  };
  const header = Object.entries(cards).map(([keyword, value]) => ({ keyword, value }));
  const model = new ViewerModel();
  await model.open(
    await fitsBytes([imageHdu({ data: ndarray(new Int16Array(10_000), [100, 100]), header })]),
  );
  const ask = async (question: string): Promise<boolean> => {
    questions.push(question);
    return says;
  };
  viewer = { model, ask } as unknown as Viewer;
});

test("are looked up after a question that says where they go; asked once", async () => {
  const found = await findPosition("M31", viewer, signal);
  expect([found!.x, found!.y].map((at) => Number(at.toFixed(3)))).toEqual([49, 59]);
  expect(questions).toHaveLength(1);
  expect(questions[0]).toMatch(/"M31" is no position.*CDS \(cds\.unistra\.fr\).*the name is sent there/);
  expect(asked).toHaveBeenCalledWith("M31", { signal });
  await findPosition("NGC 224", viewer, signal);
  expect([questions.length, asked.mock.calls.length]).toEqual([1, 2]);
});

test("go nowhere without leave; the error says how positions are written", async () => {
  says = false;
  await expect(findPosition("alpha Cen", viewer, signal)).rejects.toThrow(
    /^position 'alpha Cen'.*write it as/,
  );
  expect(asked).not.toHaveBeenCalled();
  await expect(findPosition("alpha Cen", viewer, signal)).rejects.toThrow();
  expect([questions.length, asked.mock.calls.length]).toEqual([2, 0]);
});

test("are not what pixels, positions and marks without letters are", async () => {
  await findPosition("50, 50", viewer, signal);
  await findPosition("10 20 icrs", viewer, signal);
  await findPosition("00h40m00s +20d00m00s", viewer, signal);
  await expect(findPosition("10 20 30 40 50", viewer, signal)).rejects.toThrow();
  await expect(findPosition("<img src=x>", viewer, signal)).rejects.toThrow();
  expect([questions, asked.mock.calls]).toEqual([[], []]);
});

test("that are known, but lie outside the image, are said to", async () => {
  asked.mockResolvedValueOnce({ lon: 200, lat: -80, name: "far" });
  await expect(findPosition("far away", viewer, signal)).rejects.toThrow(/lies outside the image/);
});

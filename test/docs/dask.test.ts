import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hasZarr } from "../zarr/python.js";
import { notebook, notebookOf, readPage, runPage } from "./dask.js";

describe.runIf(hasZarr)("the page on Dask and Xarray", () => {
  test("runs on a cluster of two processes, gives what its notebook shows, and moves few bytes of a cube of 44 GB", async () => {
    const cells = readPage();
    expect(cells.filter(({ language }) => language === "python").length).toBeGreaterThan(2);
    const { outputs, cubeBytes, cubeSize } = await runPage(cells);
    expect(outputs.join("")).toContain("(300, 400) 2.5 401.5");
    expect(outputs.join("")).toContain("(1917, 10, 10) [   0.  500. 1000. 1500.]");
    expect(cubeSize).toBeGreaterThan(44e9);
    expect(cubeBytes).toBeGreaterThan(1917 * 96_000);
    expect(cubeBytes).toBeLessThan(cubeSize / 200);
    expect(notebookOf(cells, outputs), "run npm run notebook").toBe(readFileSync(notebook, "utf8"));
  }, 180_000);
});

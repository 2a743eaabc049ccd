import { expect, test } from "vitest";
import * as cutout from "../src/cutout/index.js";
import * as exporters from "../src/export/index.js";
import * as main from "../src/index.js";
import * as overview from "../src/overview/index.js";
import * as picture from "../src/picture/index.js";
import * as plot from "../src/plot/index.js";
import * as verify from "../src/verify/index.js";
import * as wcs from "../src/wcs/index.js";
import * as write from "../src/write/index.js";
import * as zarr from "../src/zarr/index.js";

test("the public names are these, and change only on purpose", () => {
  expect(Object.keys(main).sort()).toEqual([
    "FitsError",
    "createProfile",
    "createReader",
    "degreesPerUnit",
    "done",
    "findCoordinates",
    "headerWarnings",
    "httpSource",
    "lastingCache",
    "map",
    "ndarray",
    "open",
    "openSession",
    "parseFitsSection",
    "parseHeader",
    "read",
    "registerSource",
    "resolveSource",
    "run",
    "showAddress",
    "toHar",
    "together",
    "withInherited",
  ]);
  expect(Object.keys(picture).sort()).toEqual([
    ...["binned", "checkLook", "checkPng", "colormapColors", "colormaps", "encodePng", "limitsOf", "lupton"],
    ...["render", "renderImage", "stretches", "toImageData", "toLuptonPng", "toPng", "zscale"],
  ]);
  expect(Object.keys(overview).sort()).toEqual([
    ...["findOverview", "levelShape", "openOverview", "overviewAddress", "overviewFactors"],
    ...["overviewHdus", "overviewImages", "writeOverview"],
  ]);
  expect(Object.keys(write).sort()).toMatchSnapshot();
  expect(Object.keys(wcs).sort()).toMatchSnapshot();
  expect(Object.keys(cutout).sort()).toMatchSnapshot();
  expect(Object.keys(plot).sort()).toMatchSnapshot();
  expect(Object.keys(verify)).toEqual(["verify"]);
  expect(Object.keys(zarr).sort()).toEqual(["checkReferences", "references", "zarrHandler", "zarrStore"]);
  expect(Object.keys(exporters).sort()).toMatchSnapshot();
});

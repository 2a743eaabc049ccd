/** The readers that run in Node: `fitslice`, `zarrita`, `geotiff.js`, `hyparquet`. */
import { answerJobs } from "./job.js";
import { readByFitslice } from "./read-fitslice.js";
import { readByGeotiff } from "./read-geotiff.js";
import { readByHyparquet } from "./read-hyparquet.js";
import { readByZarrita } from "./read-zarrita.js";

const readers = {
  fitslice: readByFitslice,
  "fitslice + index": readByFitslice,
  zarrita: readByZarrita,
  "zarrita on zarrStore": readByZarrita,
  "geotiff.js": readByGeotiff,
  hyparquet: readByHyparquet,
};

await answerJobs((job) => readers[job.reader as keyof typeof readers](job));

/**
 * Writes docs/dask.ipynb: the page docs/dask.md as a notebook, with the outputs of a run of its cells.
 *
 * Usage: npm run notebook
 */
import { writeFileSync } from "node:fs";
import { notebook, notebookOf, readPage, runPage } from "./dask.js";

const cells = readPage();
const { outputs } = await runPage(cells);
writeFileSync(notebook, notebookOf(cells, outputs));

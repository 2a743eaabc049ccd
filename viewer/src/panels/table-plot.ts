/** The plot of two columns of a table: a point for each row, or for some rows of a large table. */
import type { Column, Fits, TableHdu } from "fitslice";
import { html, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import { countText } from "../text.js";
import type { Ask } from "./ask.js";
import { isNumber } from "./cell-text.js";
import { extentOf, frameTemplate, linearScale, spans } from "./chart.js";
import { drawPoints } from "./scatter.js";
import { columnSelect, nameOf } from "./table-columns.js";
import { mostPlotted, pairPlans, readPair } from "./table-reads.js";

export class TablePlot {
  readonly #ask: Ask;
  readonly #draw: () => void;
  #pair: readonly [Column, Column] | undefined;
  #table: TableHdu | undefined;
  #where: string | undefined;
  #values: readonly [Float64Array, Float64Array] | undefined;
  #status = "";
  #reading = new AbortController();

  constructor(ask: Ask, draw: () => void) {
    this.#ask = ask;
    this.#draw = draw;
  }

  close(): void {
    this.#reading.abort();
  }

  /** Plots the rows of a table that pass; reads only where the table or the condition is another one. */
  async show(fits: Fits, table: TableHdu, where: string | undefined): Promise<void> {
    if (table === this.#table && where === this.#where) return;
    if (table !== this.#table) {
      const [first, second] = plottable(table);
      this.#pair = first && second && [first, second];
    }
    this.#table = table;
    this.#where = where;
    await this.#read(fits);
  }

  template(fits: Fits, fullWidth: number, height: number): TemplateResult | undefined {
    const table = this.#table;
    if (!table) return undefined;
    const columns = plottable(table);
    const pair = this.#pair;
    if (!pair) return html`<p class="pad quiet">The table has no two columns of numbers</p>`;
    const select = (axis: 0 | 1, label: string): TemplateResult =>
      columnSelect(label, columns, pair[axis], (column) => {
        if (!column) return;
        this.#pair = axis === 0 ? [column, pair[1]] : [pair[0], column];
        void this.#read(fits);
      });
    return html`<section aria-label="Plot of two columns">
      <div class="controls">${select(0, "x")} ${select(1, "y")}</div>
      ${this.#chartTemplate(pair, Math.max(240, fullWidth - 8), height)}
      <p class="pad quiet" role="status">${this.#status}</p>
    </section>`;
  }

  async #read(fits: Fits): Promise<void> {
    const [table, pair, where] = [this.#table, this.#pair, this.#where];
    this.#reading.abort();
    const { signal } = (this.#reading = new AbortController());
    this.#values = undefined;
    if (!table || !pair) return this.#draw();
    this.#status = "Reading \u2026";
    this.#draw();
    try {
      if (await this.#ask.allows("This plot moves", fits, pairPlans(table, pair, where), signal)) {
        this.#values = await readPair(table, pair, { where, signal });
        const count = this.#values[0].length;
        this.#status = plottedText(count, table.rowCount, where !== undefined);
      } else this.#status = "Not read";
    } catch (error) {
      if (!signal.aborted) this.#status = (error as Error).message;
    }
    if (!signal.aborted) this.#draw();
  }

  #chartTemplate(pair: readonly [Column, Column], width: number, height: number): TemplateResult | undefined {
    const values = this.#values;
    if (!values) return undefined;
    const span = spans(width, height);
    const x = linearScale(extentOf(values[0]) ?? [0, 1], span.x, width / 90);
    const y = linearScale(extentOf(values[1]) ?? [0, 1], span.y, 5);
    const label = (column: Column): string => `${nameOf(column)}${column.unit ? ` (${column.unit})` : ""}`;
    const [xLabel, yLabel] = [label(pair[0]), label(pair[1])];
    return html`<div class="chart">
      <svg
        viewBox="0 0 ${width} ${height}"
        height=${height}
        role="img"
        aria-label="${yLabel} over ${xLabel}: ${values[0].length} points"
      >
        ${frameTemplate({ width, height, x, y, xLabel, yLabel })}
      </svg>
      <canvas
        class="dots"
        aria-hidden="true"
        ${ref((canvas) => {
          // The color is known once the canvas stands in the document.
          void Promise.resolve().then(
            () => canvas && drawPoints(canvas as HTMLCanvasElement, [width, height], values, { x, y }),
          );
        })}
      ></canvas>
    </div>`;
  }
}

/** Columns of one number a row. */
function plottable(table: TableHdu): Column[] {
  return table.columns.filter(
    (column) => isNumber(column) && column.problem === undefined && column.rawOnly === undefined,
  );
}

/** Which rows are plotted, in words. */
export function plottedText(count: number, rowCount: number, isCondition: boolean): string {
  const looked = Math.min(rowCount, mostPlotted);
  const sample = looked < rowCount ? ` of ${rowCount}, in stretches at equal distances` : "";
  if (!isCondition) return `${countText(looked, "row")}${sample}`;
  return `${countText(count, "row")} that ${count === 1 ? "passes" : "pass"}, among ${looked}${sample}`;
}

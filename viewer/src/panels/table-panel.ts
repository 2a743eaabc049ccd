/** The table panel: rows as they come into sight, a condition on rows, a plot, positions on the picture. */
import type { Column, TableHdu } from "fitslice";
import { type CSSResultGroup, html, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import type { ModelEvents } from "../model.js";
import { countText } from "../text.js";
import { Ask } from "./ask.js";
import { cellWidth, cellWriter, isNumber } from "./cell-text.js";
import { chartHeight } from "./chart.js";
import { chartStyles } from "./chart-styles.js";
import { Panel } from "./panel.js";
import { type HeldRow, RowWindow, rowsInSight, rowsOfBlock } from "./row-window.js";
import { columnsTemplate, firstColumns, nameOf } from "./table-columns.js";
import { TablePlot } from "./table-plot.js";
import { TablePositions } from "./table-positions.js";
import { type FoundRows, findRows, foundRow, rowBytesOf } from "./table-reads.js";
import { rowHeight, tableStyles } from "./table-styles.js";

/** Rows whose price is looked at before any is read. */
const firstRows = 50;
/** CSS pixels of a character. */
const characterWidth = 7.4;

export class TablePanel extends Panel {
  static override styles: CSSResultGroup = [Panel.styles, chartStyles, tableStyles];

  readonly #ask = new Ask(() => this.requestUpdate());
  readonly #plot = new TablePlot(this.#ask, () => this.requestUpdate());
  #positions: TablePositions | undefined;
  #table: TableHdu | undefined;
  #chosen: readonly number[] = [];
  #search = "";
  #where = "";
  #open: "columns" | "plot" | "positions" | undefined;
  #window: RowWindow | undefined;
  /** Rows that pass the condition; undefined without one. */
  #found: FoundRows | undefined;
  #error = "";
  #isReading = false;
  #reading = new AbortController();
  #scroller: HTMLElement | undefined;

  override get drawnAfter(): readonly (keyof ModelEvents)[] {
    return ["hdus", "points"];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#positions ??= new TablePositions(this.viewer, this.#ask, () => this.requestUpdate());
    for (const event of ["file", "image", "hdus"] as const)
      this.whileOpen(this.model.on(event, () => void this.#follow()));
    const sizes = new ResizeObserver(() => this.requestUpdate());
    sizes.observe(this);
    this.whileOpen(() => {
      sizes.disconnect();
      this.#reading.abort();
      this.#window?.close();
      this.#plot.close();
      this.#positions?.close();
    });
    void this.#follow();
  }

  override render(): TemplateResult {
    const table = this.#table;
    const { fits } = this.model;
    if (!table || !fits) return html`<p class="pad quiet">${this.#error || "The file has no table"}</p>`;
    return html`<form
        class="controls where"
        @submit=${(event: Event) => {
          event.preventDefault();
          const field = (event.currentTarget as HTMLFormElement).querySelector("input");
          this.#setWhere(field?.value ?? "");
        }}
      >
        <input
          type="search"
          aria-label="Condition on rows"
          placeholder="Rows where, e.g. mag < 18 and class == 'STAR'"
          spellcheck="false"
          autocapitalize="off"
          .value=${this.#where}
          @search=${(event: Event) => this.#setWhere((event.currentTarget as HTMLInputElement).value)}
        />
        <button class="plain-border" type="submit">Find</button>
      </form>
      <div class="controls">
        ${this.#tablesTemplate(table)}
        ${(["columns", "plot", "positions"] as const).map(
          (part) => html`<button
            class="plain-border"
            aria-expanded=${this.#open === part}
            @click=${() => this.#toggle(part)}
          >
            ${{ columns: "Columns", plot: "Plot", positions: "On the picture" }[part]}
          </button>`,
        )}
      </div>
      ${this.#ask.template()}
      ${this.#error ? html`<p class="pad wrong" role="alert">${this.#error}</p>` : ""}
      ${this.#partTemplate(table)}
      <div class="controls status quiet" role="status">${this.#status(table)}</div>
      ${this.#rowsTemplate(table)}`;
  }

  protected override updated(): void {
    // What is in sight is known once the rows are laid out.
    if (!this.#found) this.#window?.want(this.#inSight.first, this.#inSight.count);
  }

  get #columns(): Column[] {
    return this.#chosen.flatMap((index) => this.#table?.columns[index] ?? []);
  }

  get #rowCount(): number {
    return this.#found?.count ?? this.#table?.rowCount ?? 0;
  }

  get #inSight(): ReturnType<typeof rowsInSight> {
    const { scrollTop = 0, clientHeight = 400 } = this.#scroller ?? {};
    return rowsInSight(this.#rowCount, rowHeight, scrollTop, clientHeight || 400);
  }

  /** Shows the HDU of the state where it is a table; else the table before, or the first one of the file. */
  async #follow(): Promise<void> {
    const { fits, hdu, hdus } = this.model;
    if (!fits) return this.#setTable(undefined);
    void this.model.findHdus();
    if (hdu?.kind === "table") return this.#setTable(hdu);
    if (this.#table && hdus.some(({ index }) => index === this.#table?.index)) return;
    const first = hdus.find(({ type }) => type === "BINTABLE" || type === "TABLE");
    if (first) await this.#openTable(first.index);
    else this.#setTable(undefined);
  }

  async #openTable(index: number): Promise<void> {
    const { fits } = this.model;
    try {
      const table = await fits?.table(index);
      if (this.model.fits === fits) this.#setTable(table);
    } catch (error) {
      this.#error = (error as Error).message;
      this.requestUpdate();
    }
  }

  #setTable(table: TableHdu | undefined): void {
    if (table && table === this.#table) return;
    this.#table = table;
    this.#chosen = firstColumns(table?.columns ?? []);
    this.#where = "";
    this.#search = "";
    this.#positions?.setTable(table);
    this.#restart();
  }

  #setWhere(where: string): void {
    if (where.trim() === this.#where.trim()) return;
    this.#where = where.trim();
    this.#restart();
  }

  #toggle(part: "columns" | "plot" | "positions"): void {
    this.#open = this.#open === part ? undefined : part;
    this.#updatePlot();
    this.requestUpdate();
  }

  #updatePlot(): void {
    const { fits } = this.model;
    if (this.#open === "plot" && fits && this.#table)
      void this.#plot.show(fits, this.#table, this.#where || undefined);
  }

  /** Reads anew: another table, other columns, another condition. */
  #restart(): void {
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#window?.close();
    this.#window = undefined;
    this.#found = undefined;
    this.#error = "";
    this.#isReading = false;
    if (this.#scroller) this.#scroller.scrollTop = 0;
    this.requestUpdate();
    if (this.#table && this.#chosen.length > 0) void this.#start(this.#table, this.#reading.signal);
    this.#updatePlot();
  }

  async #start(table: TableHdu, signal: AbortSignal): Promise<void> {
    const { fits } = this.model;
    const columns = this.#columns;
    const indices = columns.map(({ index }) => index);
    if (!fits) return;
    try {
      if (this.#where) {
        this.#found = { batches: [], starts: [], count: 0, looked: 0, isWhole: false };
        const plan = table.plan({ columns: indices, where: this.#where });
        if (!(await this.#ask.allows("This condition moves", fits, [plan], signal))) return;
        this.#isReading = true;
        for await (const found of findRows(table, columns, this.#where, signal)) {
          this.#found = found;
          this.requestUpdate();
        }
        this.#isReading = false;
      } else {
        const rows = { start: 0, stop: Math.min(firstRows, table.rowCount) };
        const plan = table.plan({ columns: indices, rows });
        if (!(await this.#ask.allows("Each page of rows moves", fits, [plan], signal))) return;
        this.#window = new RowWindow({
          rowCount: table.rowCount,
          blockRows: rowsOfBlock(rowBytesOf(columns)),
          mostBlocks: 40,
          read: (start, stop, reading) =>
            table.select({ columns: indices, rows: { start, stop }, signal: reading }),
          changed: () => this.requestUpdate(),
          failed: (error) => this.#fail(error),
        });
      }
      this.requestUpdate();
    } catch (error) {
      if (!signal.aborted) this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#isReading = false;
    this.#error = error.message;
    this.requestUpdate();
  }

  #tablesTemplate(table: TableHdu): TemplateResult | undefined {
    const tables = this.model.hdus.filter(({ type }) => type === "BINTABLE" || type === "TABLE");
    if (tables.length < 2) return undefined;
    return html`<select
        aria-label="Table"
        @change=${(event: Event) => void this.#openTable(Number((event.currentTarget as HTMLSelectElement).value))}
      >
        ${tables.map(
          ({ index, name }) =>
            html`<option value=${index} .selected=${index === table.index}>${index} ${name}</option>`,
        )}
      </select>`;
  }

  #partTemplate(table: TableHdu): TemplateResult | undefined {
    const { fits } = this.model;
    const template = {
      columns: () =>
        columnsTemplate({
          columns: table.columns,
          chosen: this.#chosen,
          search: this.#search,
          find: (search) => {
            this.#search = search;
            this.requestUpdate();
          },
          choose: (chosen) => {
            this.#chosen = chosen;
            this.#restart();
          },
        }),
      plot: () => fits && this.#plot.template(fits, this.clientWidth, chartHeight(this)),
      positions: () => this.#positions?.template(this.#where || undefined),
    };
    return this.#open && html`<div class="tools-open">${template[this.#open]()}</div>`;
  }

  #status(table: TableHdu): string {
    const found = this.#found;
    const rows = countText(table.rowCount, "row");
    if (!found) return `${rows}, ${this.#chosen.length} of ${countText(table.columns.length, "column")}`;
    if (this.#error) return rows;
    const looked = found.isWhole ? "" : `, of the first ${found.looked}`;
    const pass = found.count === 1 ? "row passes" : "rows pass";
    return `${found.count} ${pass}${looked}${this.#isReading ? " \u2026" : ""}; the table has ${rows}`;
  }

  #rowsTemplate(table: TableHdu): TemplateResult {
    const columns = this.#columns;
    const { first, count, top, height } = this.#inSight;
    // Around the number are the room of the cell and that of its button.
    const numberWidth = Math.max(46, String(table.rowCount).length * characterWidth + 34);
    const widths = columns.map((column) => Math.round(cellWidth(column) * characterWidth + 17));
    const width = widths.reduce((sum, each) => sum + each, numberWidth);
    const writers = columns.map(cellWriter);
    const space = (pixels: number): TemplateResult => html`<tr class="space" aria-hidden="true">
      <td colspan=${columns.length + 1} ${ref((cell) => cell && ((cell as HTMLElement).style.height = `${pixels}px`))}></td>
    </tr>`;
    return html`<div
      class="scroll rows"
      tabindex="0"
      role="region"
      aria-label="Rows"
      @scroll=${() => this.requestUpdate()}
      ${ref((element) => {
        this.#scroller = element as HTMLElement | undefined;
      })}
    >
      <table ${ref((element) => element && ((element as HTMLElement).style.width = `${width}px`))} aria-rowcount=${this.#rowCount + 1}>
        <colgroup>
          <col width=${numberWidth} />
          ${widths.map((each) => html`<col width=${each} />`)}
        </colgroup>
        <thead>
          <tr aria-rowindex="1">
            <th scope="col" class="number">Row<span class="quiet"></span></th>
            ${columns.map(
              (
                column,
              ) => html`<th scope="col" class=${isNumber(column) ? "number" : ""} title=${titleOf(column)}>
                ${nameOf(column)}<span class="quiet">${column.unit ?? ""}</span>
              </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${space(top)}
          ${Array.from({ length: count }, (_, i) => this.#rowTemplate(first + i, columns, writers))}
          ${space(Math.max(0, height - top - count * rowHeight))}
        </tbody>
      </table>
    </div>`;
  }

  #rowTemplate(
    n: number,
    columns: readonly Column[],
    writers: readonly ReturnType<typeof cellWriter>[],
  ): TemplateResult {
    const held: HeldRow | undefined = this.#found ? foundRow(this.#found, n) : this.#window?.get(n);
    const row = this.#found && held ? held.batch.rowNumber(held.i) : n;
    const isLinked = this.#positions?.hasCoordinates === true;
    const goTo = (): void => void this.#positions?.goTo(row);
    return html`<tr class=${isLinked ? "linked" : ""} aria-rowindex=${n + 2} @click=${isLinked ? goTo : undefined}>
      <th scope="row" class="number">
        ${isLinked ? html`<button title="Show the position of this row" aria-label="Row ${row + 1}: show its position">${row + 1}</button>` : row + 1}
      </th>
      ${columns.map((column, c) => {
        if (!held) return html`<td class="quiet">…</td>`;
        const cell = held.batch.columns[c]!.get(held.i);
        const text = writers[c]!(cell);
        const kind = `${isNumber(column) ? "number" : ""} ${cell === null ? "null" : ""}`;
        return html`<td class=${kind} title=${text}>${text}</td>`;
      })}
    </tr>`;
  }
}

/** What the header says of a column. */
function titleOf({ description, ucd, format, display }: Column): string {
  return [description, ucd, `TFORM ${format}`, display && `TDISP ${display}`].filter(Boolean).join("; ");
}

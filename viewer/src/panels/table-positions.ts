/** Where the rows of a table lie on the sky: drawn over the picture, and gone to. */
import {
  type Column,
  type Coordinates,
  degreesPerUnit,
  type Fits,
  FitsError,
  findCoordinates,
  type ImageHdu,
  type TableHdu,
} from "fitslice";
import { html, type TemplateResult } from "lit";
import { pixelOfPoint } from "../sky/points.js";
import type { Viewer } from "../viewer.types.js";
import type { Ask } from "./ask.js";
import { isNumber } from "./cell-text.js";
import { columnSelect } from "./table-columns.js";
import { plottedText } from "./table-plot.js";
import { pairPlans, readPosition, readPositions } from "./table-reads.js";

/** The name of the points on the picture. */
const pointsName = "table";

export class TablePositions {
  readonly #viewer: Viewer;
  readonly #ask: Ask;
  readonly #draw: () => void;
  #table: TableHdu | undefined;
  #coordinates: Coordinates | undefined;
  #status = "";
  #reading = new AbortController();

  constructor(viewer: Viewer, ask: Ask, draw: () => void) {
    this.#viewer = viewer;
    this.#ask = ask;
    this.#draw = draw;
  }

  close(): void {
    this.#reading.abort();
  }

  /** The table whose rows are meant; its coordinates are found by what the columns are called. */
  setTable(table: TableHdu | undefined): void {
    if (table === this.#table) return;
    this.#reading.abort();
    this.#table = table;
    this.#coordinates = table && findCoordinates(table.columns);
    this.#status = "";
  }

  get hasCoordinates(): boolean {
    return this.#coordinates !== undefined;
  }

  template(where: string | undefined): TemplateResult {
    const columns = this.#table?.columns.filter(isAngle) ?? [];
    if (columns.length < 2) return html`<p class="pad quiet">The table has no two columns of angles</p>`;
    const { longitude, latitude, galactic = false } = this.#coordinates ?? {};
    const choose = (patch: Partial<Coordinates>): void => {
      const [first, second] = columns as [Column, Column];
      const base = this.#coordinates ?? { longitude: first, latitude: second, galactic: false };
      this.#coordinates = { ...base, ...patch };
      this.#draw();
    };
    const isDrawn = this.#viewer.model.points.some(({ name }) => name === pointsName);
    return html`<section aria-label="Positions on the picture">
      <div class="controls">
        ${columnSelect("Longitude", columns, longitude, (column) => column && choose({ longitude: column }))}
        ${columnSelect("Latitude", columns, latitude, (column) => column && choose({ latitude: column }))}
        <label class="field">
          Frame
          <select
            @change=${(event: Event) => choose({ galactic: (event.currentTarget as HTMLSelectElement).value === "galactic" })}
          >
            <option value="icrs" .selected=${!galactic}>ICRS</option>
            <option value="galactic" .selected=${galactic}>Galactic</option>
          </select>
        </label>
        <button class="plain-border" ?disabled=${!this.#coordinates} @click=${() => void this.#show(where)}>
          Show on the picture
        </button>
        <button
          class="plain-border"
          ?hidden=${!isDrawn}
          @click=${() => {
            this.#viewer.model.setPoints(pointsName, undefined);
            this.#status = "";
            this.#draw();
          }}
        >
          Remove
        </button>
      </div>
      <p class="pad quiet" role="status">${this.#status}</p>
    </section>`;
  }

  /** Shows the position of a row in the middle of the picture. */
  async goTo(row: number): Promise<void> {
    const { model } = this.#viewer;
    const [table, coordinates] = [this.#table, this.#coordinates];
    const { fits } = model;
    if (!table || !coordinates || !fits) return;
    this.#reading.abort();
    const { signal } = (this.#reading = new AbortController());
    try {
      const [points, image] = await Promise.all([
        readPosition(table, coordinates, row, signal),
        this.#picture(fits, signal),
      ]);
      const pixel = await pixelOfPoint(model, image, points);
      if (signal.aborted) return;
      const [lon, lat] = [points.lon[0]!, points.lat[0]!];
      if (Number.isNaN(lon + lat))
        throw new FitsError("BAD_ARGUMENT", `row ${row + 1} of the table has no position`);
      const [height, width] = image.shape.slice(-2) as [number, number];
      const isInside =
        pixel && pixel[0] >= -0.5 && pixel[1] >= -0.5 && pixel[0] < width - 0.5 && pixel[1] < height - 0.5;
      if (!isInside)
        throw new FitsError(
          "BAD_SELECTION",
          `the position of row ${row + 1} (${lon.toFixed(5)}, ${lat.toFixed(5)} deg) lies outside the picture`,
        );
      this.#viewer.goTo(...pixel);
      this.#viewer.say(`Row ${row + 1}: pixel ${Math.round(pixel[0]) + 1}, ${Math.round(pixel[1]) + 1}`);
    } catch (error) {
      if (!signal.aborted) model.emit("error", error as Error);
    }
  }

  async #show(where: string | undefined): Promise<void> {
    const { model } = this.#viewer;
    const { fits } = model;
    const [table, coordinates] = [this.#table, this.#coordinates];
    if (!fits || !table || !coordinates) return;
    this.#reading.abort();
    const { signal } = (this.#reading = new AbortController());
    this.#status = "Reading \u2026";
    this.#draw();
    try {
      const plans = pairPlans(table, [coordinates.longitude, coordinates.latitude], where);
      if (await this.#ask.allows("These positions move", fits, plans, signal)) {
        const points = await readPositions(table, coordinates, { where, signal });
        await this.#picture(fits, signal);
        if (signal.aborted) return;
        model.setPoints(pointsName, points);
        this.#status = `Positions of ${plottedText(points.lon.length, table.rowCount, where !== undefined)}`;
      } else this.#status = "Not read";
    } catch (error) {
      if (!signal.aborted) this.#status = (error as Error).message;
    }
    if (!signal.aborted) this.#draw();
  }

  /** The picture; where none is shown, the first image of the file is. */
  async #picture(fits: Fits, signal: AbortSignal): Promise<ImageHdu> {
    const { model } = this.#viewer;
    if (model.image) return model.image;
    const { index } = await fits.image(undefined, { signal });
    await model.select(index);
    if (!model.image) throw new FitsError("NO_SUCH_HDU", "the file has no image to show positions on");
    return model.image;
  }
}

/** Whether a column holds one angle a row. */
function isAngle(column: Column): boolean {
  return isNumber(column) && !column.problem && !column.rawOnly && degreesPerUnit(column) !== undefined;
}

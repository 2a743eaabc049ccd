/** The regions of a view: read from the state, drawn, moved, and written back as lines of ds9's text. */
import { FitsError, type ImageHdu } from "fitslice";
import type { Wcs } from "fitslice/wcs";
import { Emitter } from "../events.js";
import { imageWcs } from "../sky/image-wcs.js";
import type { Drag, Viewer } from "../viewer.types.js";
import { mostRegions, type ReadRegion, readRegions } from "./ds9-read.js";
import { regionFile, regionLine } from "./ds9-write.js";
import { drawnBox, drawnCircle } from "./geometry.js";
import { inFrame, placed } from "./place.js";
import { imageRegion, type PixelShape, type Region, type RegionFrame } from "./region.js";

/** A line of the state. */
export interface RegionEntry {
  readonly line: string;
  /** Undefined for what is not drawn; then `why` says so. */
  readonly region: Region | undefined;
  /** In pixels of the image; undefined while the sky is read, and where the image does not have it. */
  readonly shape: PixelShape | undefined;
  readonly why: string;
}

const lists = new WeakMap<Viewer, RegionList>();

/** The regions of a viewer: one list for panel, overlay and keys. */
export function regionsOf(viewer: Viewer): RegionList {
  let list = lists.get(viewer);
  if (!list) lists.set(viewer, (list = new RegionList(viewer)));
  return list;
}

/** Removes the region that is selected. */
export function removeSelected(viewer: Viewer): void {
  const list = regionsOf(viewer);
  if (list.selected !== undefined) list.remove(list.selected);
}

export class RegionList extends Emitter<{ change: undefined }> {
  entries: readonly RegionEntry[] = [];
  /** What is being drawn. */
  draft: PixelShape | undefined;
  #selected: number | undefined;
  readonly #viewer: Viewer;
  #wcs: Wcs | undefined;
  #placedIn: ImageHdu | undefined;
  #read = new Map<string, ReadRegion | undefined>();
  /** Lines of which it has been told that they are not drawn. */
  #told = new Set<string>();

  constructor(viewer: Viewer) {
    super();
    this.#viewer = viewer;
    const { model } = viewer;
    model.on("image", () => void this.#imageChanged());
    model.on("state", (names) => {
      if (names.includes("regions")) this.#update();
    });
    viewer.on("drag", (drag) => this.#drawn(drag));
    this.#update();
    void this.#imageChanged();
  }

  get selected(): number | undefined {
    return this.#selected;
  }

  set selected(index: number | undefined) {
    if (index === this.#selected) return;
    this.#selected = index;
    this.#changed();
  }

  /** The entry that is selected. */
  get current(): RegionEntry | undefined {
    return this.#selected === undefined ? undefined : this.entries[this.#selected];
  }

  /** Adds a region, in pixels of the image, and selects it. */
  add(shape: PixelShape): void {
    const line = regionLine(imageRegion(shape));
    this.#selected = this.entries.length;
    this.#set([...this.#lines, line]);
  }

  /** Adds the regions of ds9's text; answers with how many are drawn, and why others are not. */
  addText(text: string): { readonly added: number; readonly unknown: readonly string[] } {
    const found = readRegions(text, { isPhysical: this.#isPhysical });
    if (this.entries.length + found.length > mostRegions)
      throw new FitsError("BAD_ARGUMENT", `more than ${mostRegions} regions; remove some first`);
    const unknown = found.flatMap((read) => (read.unknown ? [read.unknown.why] : []));
    for (const read of found) if (read.unknown) this.#told.add(read.unknown.text);
    this.#set([
      ...this.#lines,
      ...found.map((read) => (read.region ? regionLine(read.region) : read.unknown.text)),
    ]);
    return { added: found.length - unknown.length, unknown };
  }

  /** Gives a region another place or size; it stays in its frame. */
  reshape(index: number, shape: PixelShape): void {
    const entry = this.entries[index];
    if (!entry?.region) return;
    const { frame, text, color, excluded } = entry.region;
    const region = inFrame(shape, frame, this.#wcs?.celestial);
    if (!region) return;
    const line = regionLine({ ...region, text, color, excluded });
    if (line !== entry.line) this.#set(this.#lines.map((old, i) => (i === index ? line : old)));
  }

  remove(index: number): void {
    if (!this.entries[index]) return;
    const selected = this.#selected;
    if (selected === index) this.#selected = undefined;
    else if (selected !== undefined && selected > index) this.#selected = selected - 1;
    this.#set(this.#lines.filter((_, i) => i !== index));
  }

  clear(): void {
    this.#selected = undefined;
    this.#set([]);
  }

  /** All as a file for ds9; in one frame, or each as it stands. What is not drawn stays as it was. */
  file(frame?: RegionFrame): string {
    return regionFile(
      this.entries.map(({ line, region, shape }) => {
        const other = frame && region && shape && inFrame(shape, frame, this.#wcs?.celestial);
        if (!other || region.frame === frame) return line;
        const { text, color, excluded } = region;
        return regionLine({ ...other, text, color, excluded });
      }),
    );
  }

  get #lines(): readonly string[] {
    return this.#viewer.model.state.regions;
  }

  get #isPhysical(): boolean {
    const header = this.#viewer.model.image?.header;
    return !header || !["LTV1", "LTV2", "LTM1_1", "LTM2_2"].some((keyword) => header.has(keyword));
  }

  #set(lines: readonly string[]): void {
    this.#viewer.model.update({ regions: lines });
  }

  async #imageChanged(): Promise<void> {
    const { model } = this.#viewer;
    const { image } = model;
    if (image === this.#placedIn) return;
    this.#placedIn = image;
    this.#wcs = undefined;
    this.#read.clear();
    this.#update();
    const wcs = image && (await imageWcs(model, image));
    if (model.image !== image) return;
    this.#wcs = wcs;
    this.#update();
  }

  #update(): void {
    const read = new Map<string, ReadRegion | undefined>();
    this.entries = this.#lines.slice(0, mostRegions).map((line) => {
      const found = this.#read.get(line) ?? this.#readLine(line);
      read.set(line, found);
      const region = found?.region;
      const shape = region && placed(region, this.#wcs?.celestial);
      return {
        line,
        region,
        shape,
        why: found?.unknown?.why ?? (found ? "" : "there is no region in this line"),
      };
    });
    this.#read = read;
    this.#tellUndrawn();
    if (this.#selected !== undefined && this.#selected >= this.entries.length) this.#selected = undefined;
    this.#changed();
  }

  /** Tells of lines that came with a link, or with the state, and are not drawn. */
  #tellUndrawn(): void {
    const news = this.entries.filter(({ line, why }) => why && !this.#told.has(line));
    const [first] = news;
    this.#told = new Set(this.entries.flatMap(({ line, why }) => (why ? [line] : [])));
    if (!first) return;
    const more = news.length > 1 ? `, and ${news.length - 1} more like that` : "";
    const plain = first.line.replace(/\p{Cc}/gu, " ");
    const line = plain.length > 60 ? `${plain.slice(0, 57)}...` : plain;
    this.#viewer.model.emit(
      "error",
      new FitsError(
        "BAD_ARGUMENT",
        `region "${line}": ${first.why}${more}; the panel Regions lists what is not drawn`,
      ),
    );
  }

  /** The first region of a line; links may have any text. */
  #readLine(line: string): ReadRegion | undefined {
    try {
      return readRegions(line, { isPhysical: this.#isPhysical })[0];
    } catch (error) {
      return { unknown: { text: line, why: (error as Error).message } };
    }
  }

  #drawn({ tool, phase, from, to, shift }: Drag): void {
    if (tool === "pan") return;
    const draw = tool === "box" ? drawnBox : drawnCircle;
    const shape = draw([from.x, from.y], [to.x, to.y]);
    const isDrag = Math.hypot(to.left - from.left, to.top - from.top) > 3;
    this.draft = phase === "cancel" || phase === "end" ? undefined : shape;
    if (phase === "end" && isDrag) {
      this.add(shape);
      // One region for a tool, as most want; with Shift the tool stays.
      if (!shift) this.#viewer.tool = "pan";
    }
    this.#changed();
  }

  #changed(): void {
    this.emit("change", undefined);
    this.#viewer.redraw();
  }
}

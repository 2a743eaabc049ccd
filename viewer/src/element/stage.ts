/** The stage: the canvas with its screen, and where the picture lies on it. What panels and overlays know as the viewer. */
import { Emitter } from "../events.js";
import { KeptSections } from "../kept.js";
import type { ViewerModel } from "../model.js";
import { placementOf } from "../screen/geometry.js";
import { createScreen } from "../screen/screen.js";
import type { Placement, Screen, Viewport } from "../screen/screen.types.js";
import type { PicturePlace, Tool, Viewer, ViewerEvents } from "../viewer.types.js";
import { heldWithin, nextZoom, type Size, zoomedAround } from "./camera.js";
import { overlayLayers } from "./overlay-layers.js";
import { PlaceReadout } from "./place-readout.js";

export class Stage extends Emitter<ViewerEvents> implements Viewer {
  readonly model: ViewerModel;
  readonly canvas: HTMLCanvasElement;
  readonly svg: SVGSVGElement;
  readonly screen: Screen;
  /** What is said of the place. */
  readonly readout: PlaceReadout;
  /** Whether the place is the crosshair of the keyboard, or of "go to"; else it is the pointer. */
  hasCrosshair = false;
  place: PicturePlace | undefined;
  size: Size = [1, 1];
  /** Says something to screen readers. */
  say: (text: string) => void = () => {};
  /** Asks the user; without a page around the answer is no. */
  ask: (question: string, yes: string) => Promise<boolean> = async () => false;
  readonly #kept = new KeptSections();
  #tool: Tool = "pan";
  #panel: string | undefined;
  readonly #layers: { redraw(): void; close(): void };
  readonly #resizes: ResizeObserver;
  readonly #ends: (() => void)[];

  constructor(model: ViewerModel, canvas: HTMLCanvasElement, svg: SVGSVGElement) {
    super();
    this.model = model;
    this.canvas = canvas;
    this.svg = svg;
    this.screen = createScreen(canvas);
    this.#measure();
    this.#resizes = new ResizeObserver(() => {
      this.#measure();
      this.#viewChanged();
    });
    this.#resizes.observe(canvas);
    this.#ends = [
      model.on("file", () => this.#kept.clear()),
      model.on("image", () => this.#show()),
      model.on("overview", () => this.screen.setOverview(model.overview)),
      model.on("state", (names) => {
        if (names.includes("center") || names.includes("zoom")) this.#viewChanged();
        if (names.some((name) => /^(stretch|limits|vmin|vmax|colormap|invert)$/.test(name)))
          this.screen.setLook(model.state);
      }),
      this.screen.on("error", (error) => {
        if (model.image) model.emit("error", error);
      }),
    ];
    this.#layers = overlayLayers(this, svg);
    this.readout = new PlaceReadout(this);
    if (model.image) this.#show();
  }

  get viewport(): Viewport {
    const { center, zoom } = this.model.state;
    return { center, zoom: zoom || this.fitZoom };
  }

  /** The zoom at which the image fits into the canvas. */
  get fitZoom(): number {
    const fit = this.screen.fitZoom();
    return fit > 0 && Number.isFinite(fit) ? fit : 1;
  }

  get placement(): Placement {
    return placementOf(this.viewport, ...this.size);
  }

  /** Width and height of the image, in its pixels. */
  get imageSize(): Size {
    const shape = this.model.image?.shape ?? [1];
    return [shape.at(-1)!, shape.length > 1 ? shape.at(-2)! : 1];
  }

  get tool(): Tool {
    return this.#tool;
  }

  set tool(tool: Tool) {
    if (tool === this.#tool) return;
    this.#tool = tool;
    this.emit("tool", tool);
  }

  get panel(): string | undefined {
    return this.#panel;
  }

  set panel(id: string | undefined) {
    if (id === this.#panel) return;
    this.#panel = id;
    this.emit("panel", id);
  }

  goTo(x: number, y: number, zoom: number = this.viewport.zoom): void {
    this.look({ center: [x, y], zoom });
    this.setCrosshair(x, y);
  }

  /** Shows another part of the image, held within it. */
  look(viewport: Viewport): void {
    if (!this.model.image) return;
    const { center, zoom } = heldWithin(viewport, this.imageSize);
    this.model.update({ center, zoom });
  }

  fit(): void {
    this.model.update({ zoom: 0 });
  }

  /** Zooms around a place of the canvas; without one around the crosshair, or the middle. */
  zoomTo(zoom: number, at: readonly [left: number, top: number] = this.#anchor()): void {
    this.look(zoomedAround(this.viewport, zoom, at, this.size, this.fitZoom));
  }

  zoomStep(direction: 1 | -1): void {
    this.zoomTo(nextZoom(this.viewport.zoom, direction));
  }

  /** Where the pointer is. */
  pointAt(left: number, top: number): void {
    this.hasCrosshair = false;
    this.#setPlace(this.placeAt(left, top));
  }

  pointNowhere(): void {
    if (!this.hasCrosshair) this.#setPlace(undefined);
  }

  /** A crosshair at a pixel of the image, in sight; the picture moves as far as that needs. */
  setCrosshair(x: number, y: number): void {
    const [width, height] = this.imageSize;
    const [cx, cy] = [Math.max(0, Math.min(width - 1, x)), Math.max(0, Math.min(height - 1, y))];
    this.hasCrosshair = true;
    const [left, top] = this.placement.toCanvas(cx, cy);
    const over = (at: number, length: number): number => Math.min(0, at - 8) + Math.max(0, at + 8 - length);
    const [right, down] = [over(left, this.size[0]), over(top, this.size[1])];
    if (right || down) {
      const { center, zoom } = this.viewport;
      this.look({ center: [center[0] + right / zoom, center[1] - down / zoom], zoom });
    }
    const [toLeft, toTop] = this.placement.toCanvas(cx, cy);
    this.#setPlace({ x: cx, y: cy, left: toLeft, top: toTop });
  }

  clearCrosshair(): void {
    this.hasCrosshair = false;
    this.#setPlace(undefined);
  }

  placeAt(left: number, top: number): PicturePlace {
    const [x, y] = this.placement.toImage(left, top);
    return { x, y, left, top };
  }

  redraw(): void {
    this.#layers.redraw();
  }

  reread(): void {
    this.readout.reread();
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#resizes.disconnect();
    this.#layers.close();
    this.readout.close();
    this.screen.close();
  }

  #anchor(): readonly [left: number, top: number] {
    const [width, height] = this.size;
    const { place } = this;
    return this.hasCrosshair && place ? [place.left, place.top] : [width / 2, height / 2];
  }

  #measure(): void {
    const { clientWidth, clientHeight } = this.canvas;
    this.size = [Math.max(1, clientWidth), Math.max(1, clientHeight)];
  }

  #show(): void {
    const { fits, image, state } = this.model;
    if (!fits || !image) {
      this.clearCrosshair();
      return;
    }
    this.screen.show(fits, this.#kept.of(image), state.plane, { overview: this.model.overview });
    this.screen.setLook(state);
    this.#viewChanged();
  }

  #viewChanged(): void {
    // Zoom 0 fits the size that the canvas has when the view is planned: of the first image it has none yet.
    const { center, zoom } = this.model.state;
    if (this.model.image) this.screen.setViewport({ center, zoom });
    const { place } = this;
    if (place && this.hasCrosshair) {
      const [left, top] = this.placement.toCanvas(place.x, place.y);
      this.#setPlace({ ...place, left, top });
    } else if (place) this.#setPlace(this.placeAt(place.left, place.top));
    this.emit("view", undefined);
  }

  #setPlace(place: PicturePlace | undefined): void {
    if (!place && !this.place) return;
    this.place = place;
    this.emit("place", place);
  }
}

/** A first screen on a 2D canvas, of one strided section; the streaming one takes its place. */
import { type Fits, type ImageHdu, ndarray } from "fitslice";
import { limitsOf, toImageData } from "fitslice/picture";
import { Emitter } from "../events.js";
import type {
  Coverage,
  Look,
  Reading,
  Screen,
  ScreenEvents,
  ScreenOptions,
  Viewport,
} from "./screen.types.js";

export function createScreen(canvas: HTMLCanvasElement, _options: ScreenOptions = {}): Screen {
  const events = new Emitter<ScreenEvents>();
  let image: ImageHdu | undefined;
  let viewport: Viewport = { center: [0, 0], zoom: 1 };
  let look: Look | undefined;
  let limits = { vmin: Number.NaN, vmax: Number.NaN };
  let values: Float64Array | undefined;
  let shape: readonly [number, number] = [1, 1];
  let step = 1;
  let picture: ImageBitmap | undefined;
  let busy = 0;
  let reading = new AbortController();
  let idle: Promise<void> = Promise.resolve();
  let frame = 0;

  const size = (): readonly [number, number] => {
    const full = image?.shape ?? [1, 1];
    return [full.length > 1 ? full.at(-2)! : 1, full.at(-1)!];
  };
  const paint = async (): Promise<void> => {
    if (!values || !look) return;
    limits = {
      ...limitsOf(values as Float64Array<ArrayBuffer>, {
        limits: look.limits,
        vmin: look.vmin,
        vmax: look.vmax,
      }),
    };
    const array = ndarray(values as Float64Array<ArrayBuffer>, [...shape]);
    const colormap = look.invert ? `${look.colormap}_r` : look.colormap;
    const { vmin, vmax } = limits;
    const pixels = await toImageData(array, { stretch: look.stretch, colormap, vmin, vmax });
    picture = await createImageBitmap(pixels as ImageData);
    events.emit("limits", limits);
    draw();
  };
  const draw = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      screen.drawNow();
    });
  };
  const coverage = (): Coverage => {
    if (!values) return { exact: 0, sampled: 0, missing: 1 };
    return step === 1 ? { exact: 1, sampled: 0, missing: 0 } : { exact: 0, sampled: 1, missing: 0 };
  };
  const read = async (fits: Fits, plane: readonly number[]): Promise<void> => {
    reading.abort();
    const { signal } = (reading = new AbortController());
    const start = performance.now();
    busy++;
    try {
      const [rows, columns] = size();
      step = Math.max(1, Math.ceil(Math.max(rows, columns) / 1024));
      const last = `::${step}`;
      const selection = [...plane, ...(image!.shape.length > 1 ? [last] : []), last].join(", ");
      const got = await image!.section(selection, { signal });
      void fits;
      values = Float64Array.from(got.data as ArrayLike<number>, Number);
      shape = [got.shape.length > 1 ? got.shape.at(-2)! : 1, got.shape.at(-1)!];
      await paint();
      events.emit("firstlight", { seconds: (performance.now() - start) / 1000 });
      events.emit("progress", coverage());
      if (step > 1) events.emit("expensive", { bytes: 14e7, requests: 12, seconds: 1 });
    } catch (error) {
      if (!signal.aborted) events.emit("error", error as Error);
    } finally {
      busy--;
    }
    events.emit("idle", coverage());
  };
  const screen: Screen = {
    canvas,
    get limits() {
      return limits;
    },
    show(fits, to, plane) {
      image = to;
      idle = read(fits, plane);
    },
    setViewport(to) {
      viewport = to;
      draw();
    },
    setLook(to) {
      look = to;
      void paint();
    },
    fitZoom() {
      const [rows, columns] = size();
      return Math.min(canvas.clientWidth / columns, canvas.clientHeight / rows);
    },
    refine() {},
    valueAt(x, y): Reading | undefined {
      const value = values?.[Math.floor(y / step) * shape[1] + Math.floor(x / step)];
      return value === undefined ? undefined : { value, exact: step === 1 };
    },
    sample: () => values ?? new Float64Array(),
    coverage,
    get idle() {
      return idle;
    },
    get reading() {
      return busy;
    },
    drawNow() {
      const ratio = devicePixelRatio;
      [canvas.width, canvas.height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio];
      const context = canvas.getContext("2d")!;
      if (!picture) return;
      const { center, zoom } = viewport;
      context.imageSmoothingEnabled = zoom < 1;
      const [rows] = size();
      context.scale(ratio, ratio);
      context.drawImage(
        picture,
        canvas.clientWidth / 2 - (center[0] + 0.5) * zoom,
        canvas.clientHeight / 2 - (rows - 0.5 - center[1]) * zoom,
        picture.width * step * zoom,
        picture.height * step * zoom,
      );
    },
    on: (event, listener) => events.on(event, listener),
    close() {
      reading.abort();
      cancelAnimationFrame(frame);
    },
  };
  return screen;
}

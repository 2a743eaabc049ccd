/** Watches a page with a viewer from inside: its requests, tasks, frames and views. Runs in the page before any script of its own. */
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";

/** A request that ended, as the viewer's profile knows it. Times are milliseconds of the page. */
export interface SeenRequest {
  readonly path: string;
  /** Counts the openings of files: what one held, the next one does not. */
  readonly opening: number;
  readonly ranges: readonly { readonly offset: number; readonly length: number }[];
  readonly start: number;
  readonly end: number;
  /** All bytes came. */
  readonly isWhole: boolean;
  readonly label: string;
}

/** A task of more than 50 ms, with what the browser says of its cause. */
export interface LongTask {
  readonly ms: number;
  /** Milliseconds of it in scripts, as far as the browser tells. */
  readonly script: number;
  readonly start: number;
  readonly cause: string;
}

/** What was seen since the last time. */
export interface Sighting {
  readonly requests: readonly SeenRequest[];
  readonly tasks: readonly LongTask[];
  /** Milliseconds from frame to frame, while the page had something to do. */
  readonly frames: readonly number[];
  readonly errors: readonly string[];
}

/** What is in sight now. */
export interface InSight {
  readonly path: string;
  /** Milliseconds since the view, or the file, last changed. */
  readonly still: number;
  /** Rows of the image, half-open. */
  readonly rows: readonly [from: number, to: number];
  /** Rows of the image in a row of texels, about. */
  readonly texel: number;
  readonly reading: number;
  readonly exact: number;
}

export interface Watch {
  take(): Sighting;
  sight(): InSight | undefined;
  renderer(): string;
  isLit(): boolean;
}

declare global {
  interface Window {
    watch: Watch;
  }
}

/** Installed by `evaluateOnNewDocument`: knows nothing but what is in it. */
export function installWatch(): void {
  let requests: SeenRequest[] = [];
  let tasks: LongTask[] = [];
  let frames: number[] = [];
  let errors: string[] = [];
  let opening = 0;
  let changed = performance.now();
  let lit = false;
  let lastFrame = 0;
  let working = 0;

  const viewer = (): FitsViewer | null => document.querySelector("fits-viewer") as FitsViewer | null;

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (lit) tasks.push({ ms: Math.round(entry.duration), script: 0, start: entry.startTime, cause: "" });
  }).observe({ entryTypes: ["longtask"] });
  /** Frames that came late tell which script took how long. */
  interface LateFrame extends PerformanceEntry {
    readonly scripts: readonly {
      readonly duration: number;
      readonly invoker: string;
      readonly sourceFunctionName: string;
      readonly startTime: number;
    }[];
  }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as LateFrame[]) {
      const script = [...entry.scripts].sort((a, b) => b.duration - a.duration)[0];
      const task = tasks.find(
        ({ start, ms }) => start < entry.startTime + entry.duration && entry.startTime < start + ms,
      );
      if (!script || !task || task.cause) continue;
      const cause = `${script.sourceFunctionName || "?"} by ${script.invoker.slice(0, 60)}, ${Math.round(script.duration)} ms`;
      const sum = entry.scripts.reduce((sum, { duration }) => sum + duration, 0);
      tasks[tasks.indexOf(task)] = { ...task, script: Math.round(sum), cause };
    }
  }).observe({ type: "long-animation-frame" });

  const frame = (now: number): void => {
    const { screen } = viewer()?.desk?.stage ?? {};
    // A page at rest draws no frames of note.
    if (lit && lastFrame > 0 && now < working) frames.push(now - lastFrame);
    if (screen && screen.reading > 0) working = now + 200;
    lastFrame = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  void customElements.whenDefined("fits-viewer").then(() => {
    const { desk } = viewer()!;
    const { model, stage } = desk!;
    model.on("file", () => {
      opening++;
      changed = performance.now();
    });
    stage.on("view", () => {
      changed = performance.now();
      working = changed + 200;
    });
    model.on("error", ({ message }) => errors.push(message));
    stage.screen.on("firstlight", () => (lit = true));
    model.on("request", (event) => {
      const now = performance.now();
      requests.push({
        path: new URL(event.url).pathname,
        opening,
        ranges: event.parts ?? [{ offset: event.offset, length: event.requested }],
        start: now - (event.end - event.start) * 1000,
        end: now,
        isWhole: event.failure === undefined && event.length === event.requested,
        label: event.label,
      });
    });
  });

  window.watch = {
    take() {
      const seen = { requests, tasks, frames, errors };
      requests = [];
      tasks = [];
      frames = [];
      errors = [];
      return seen;
    },
    sight() {
      const { model, stage } = viewer()?.desk ?? {};
      if (!model?.image || !stage || typeof model.input !== "string") return undefined;
      const [, height] = stage.size;
      const [, bottom] = stage.placement.toImage(0, height);
      const [, top] = stage.placement.toImage(0, 0);
      return {
        path: new URL(model.input, document.baseURI).pathname,
        still: performance.now() - changed,
        rows: [Math.floor(bottom), Math.ceil(top) + 1],
        texel: 1 / stage.viewport.zoom,
        reading: stage.screen.reading,
        exact: stage.screen.coverage().exact,
      };
    },
    renderer() {
      const gl = document.createElement("canvas").getContext("webgl2");
      const info = gl?.getExtension("WEBGL_debug_renderer_info");
      const name = info ? gl!.getParameter(info.UNMASKED_RENDERER_WEBGL) : "no WebGL2";
      gl?.getExtension("WEBGL_lose_context")?.loseContext();
      return String(name);
    },
    isLit: () => lit,
  };
}

/** The canvas: its size in pixels of the device, its WebGL2 context, frames. */
import { nextTurn } from "./turns.js";

export interface Surface {
  readonly gl: WebGL2RenderingContext | undefined;
  /** Pixels of the device for a CSS pixel. */
  readonly ratio: number;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Gives the canvas its size, if that has changed. */
  fit(): void;
  /** Calls `turn` and, later, `frame` soon, once each, however often it is asked for. */
  request(): void;
  close(): void;
}

export interface SurfaceListeners {
  /** Called when the task of the page that asked has ended: for work that need not wait for a frame, which may come late. */
  turn(): void;
  frame(): void;
  resized(): void;
  lost(): void;
  restored(): void;
}

/** Frames come even so often where the browser gives none: in a page that nobody sees. */
const hiddenFrame = 200;

export function newSurface(
  canvas: HTMLCanvasElement,
  { turn, frame, resized, lost, restored }: SurfaceListeners,
): Surface {
  const gl = canvas.getContext("webgl2", { antialias: false, depth: false, stencil: false }) ?? undefined;
  // Asked once: each question waits until the GPU has drawn.
  const most = (gl?.getParameter(gl.MAX_RENDERBUFFER_SIZE) as number | null | undefined) || 4096;
  let asked: { frame: number; timer: ReturnType<typeof setTimeout> } | undefined;
  let isTurning = false;
  let device: readonly [number, number] | undefined;

  const ratio = (): number => globalThis.devicePixelRatio || 1;
  const observer = new ResizeObserver(([entry]) => {
    const [box] = entry?.devicePixelContentBoxSize ?? [];
    device = box ? [box.inlineSize, box.blockSize] : undefined;
    resized();
  });
  try {
    observer.observe(canvas, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(canvas);
  }
  const onLost = (event: Event): void => {
    event.preventDefault();
    lost();
  };
  canvas.addEventListener("webglcontextlost", onLost);
  canvas.addEventListener("webglcontextrestored", restored);

  function cancel(): void {
    if (!asked) return;
    cancelAnimationFrame(asked.frame);
    clearTimeout(asked.timer);
    asked = undefined;
  }

  return {
    gl,
    get ratio() {
      return ratio();
    },
    get width() {
      return canvas.clientWidth;
    },
    get height() {
      return canvas.clientHeight;
    },
    fit() {
      const [width, height] = device ?? [
        Math.round(canvas.clientWidth * ratio()),
        Math.round(canvas.clientHeight * ratio()),
      ];
      const [w, h] = [Math.max(1, Math.min(most, width)), Math.max(1, Math.min(most, height))];
      if (canvas.width !== w) canvas.width = w;
      if (canvas.height !== h) canvas.height = h;
    },
    request() {
      if (!isTurning) {
        isTurning = true;
        void nextTurn().then(() => {
          isTurning = false;
          turn();
        });
      }
      if (asked) return;
      const run = (): void => {
        cancel();
        frame();
      };
      asked = { frame: requestAnimationFrame(run), timer: setTimeout(run, hiddenFrame) };
    },
    close() {
      cancel();
      observer.disconnect();
      canvas.removeEventListener("webglcontextlost", onLost);
      canvas.removeEventListener("webglcontextrestored", restored);
    },
  };
}

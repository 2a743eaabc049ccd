/** The keys of the picture: on the focused canvas only, and none that a browser has a use for. */
import { shifted } from "./camera.js";
import { commands } from "./layers.js";
import type { Stage } from "./stage.js";

export interface KeyContext {
  readonly stage: Stage;
  /** Shows or hides the list of keys. */
  toggleHelp(): void;
  /** Copies what the readout says. */
  copy(): void;
  /** Moves to another plane of a cube. */
  stepPlane(by: 1 | -1): void;
}

export interface KeyBinding {
  readonly keys: readonly string[];
  /** How the list of keys writes them. */
  readonly label: string;
  readonly what: string;
  run(context: KeyContext, event: KeyboardEvent): void;
}

const arrows: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export const keyBindings: readonly KeyBinding[] = [
  {
    keys: Object.keys(arrows),
    label: "\u2190 \u2192 \u2191 \u2193",
    what: "Move the crosshair by one pixel; with Shift move the picture",
    run: ({ stage }, { key, shiftKey }) => {
      const [dx, dy] = arrows[key]!;
      const [width, height] = stage.size;
      if (shiftKey) {
        stage.look(shifted(stage.viewport, -dx * width * 0.15, dy * height * 0.15));
        return;
      }
      const { place, viewport } = stage;
      const [x, y] = place ? [place.x, place.y] : viewport.center;
      // The first key shows the crosshair.
      const step = place ? 1 : 0;
      stage.setCrosshair(Math.round(x) + dx * step, Math.round(y) + dy * step);
    },
  },
  { keys: ["+", "="], label: "+", what: "Zoom in", run: ({ stage }) => stage.zoomStep(1) },
  { keys: ["-", "_"], label: "\u2212", what: "Zoom out", run: ({ stage }) => stage.zoomStep(-1) },
  { keys: ["0"], label: "0", what: "Fit the image", run: ({ stage }) => stage.fit() },
  {
    keys: ["1"],
    label: "1",
    what: "One pixel of the image a pixel of the screen",
    run: ({ stage }) => stage.zoomTo(1),
  },
  {
    keys: ["["],
    label: "[",
    what: "Plane before",
    run: ({ stepPlane }) => stepPlane(-1),
  },
  { keys: ["]"], label: "]", what: "Next plane", run: ({ stepPlane }) => stepPlane(1) },
  {
    keys: ["i"],
    label: "i",
    what: "Invert the color map",
    run: ({ stage: { model } }) => model.update({ invert: !model.state.invert }),
  },
  {
    keys: ["g"],
    label: "g",
    what: "Coordinate grid",
    run: ({ stage: { model } }) => model.update({ grid: !model.state.grid }),
  },
  {
    keys: ["Enter"],
    label: "Enter",
    what: "Click at the crosshair",
    run: ({ stage }) => {
      if (stage.place) stage.emit("click", stage.place);
    },
  },
  { keys: ["c"], label: "c", what: "Copy the readout", run: ({ copy }) => copy() },
  ...commands.map(
    ({ keys, label, what, load }): KeyBinding => ({
      keys,
      label,
      what,
      run: ({ stage }) =>
        void load()
          .then((command) => command(stage))
          .catch((error: unknown) => stage.model.emit("error", error as Error)),
    }),
  ),
  { keys: ["?"], label: "?", what: "Show or hide these keys", run: ({ toggleHelp }) => toggleHelp() },
  {
    keys: ["Escape"],
    label: "Esc",
    what: "Drop the tool, the crosshair, the panel: one after the other",
    run: ({ stage }) => {
      if (stage.tool !== "pan") stage.tool = "pan";
      else if (stage.hasCrosshair) stage.clearCrosshair();
      else stage.panel = undefined;
    },
  },
];

/** Does what a key stands for. Combinations with Ctrl, Alt and Meta are the browser's. */
export function pressKey(event: KeyboardEvent, context: KeyContext): void {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const binding = keyBindings.find(({ keys }) => keys.includes(event.key));
  if (!binding || !context.stage.model.image) return;
  event.preventDefault();
  binding.run(context, event);
}

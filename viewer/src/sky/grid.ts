/** Meridians and parallels over the picture, with labels. */
import { type GridLine, type Rectangle, skyGrid } from "fitslice/plot";
import type { Placement } from "../screen/screen.types.js";
import { svgElement } from "../svg.js";
import type { Overlay, Viewer } from "../viewer.types.js";
import { type Box, gridLabels } from "./grid-labels.js";
import { lettering } from "./lettering.js";
import { markBoxes } from "./mark-places.js";
import { followSky, imageSize, skyView } from "./picture-sky.js";

/** Milliseconds that a new grid may take in each frame; a grid that takes longer moves with the picture until that rests. */
const frameTime = 6;
const restTime = 90;

const lineStyle = { fill: "none", stroke: "#8fe3ff", "stroke-width": 1, "stroke-opacity": 0.75 } as const;
const haloStyle = { fill: "none", stroke: "#000", "stroke-width": 2.6, "stroke-opacity": 0.3 } as const;

/** A grid that is drawn, and where two of the image's pixels were then. */
interface Drawn {
  readonly group: SVGGElement;
  readonly placement: Placement;
}

export function grid(viewer: Viewer): Overlay {
  const follower = followSky(viewer);
  let drawn: Drawn | undefined;
  let cost = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let isResting = false;

  return {
    draw(layer, placement, size) {
      const { sky } = follower;
      const view = sky && skyView(sky, placement, size, imageSize(viewer));
      if (!view) {
        layer.replaceChildren();
        drawn = undefined;
        return;
      }
      clearTimeout(rest);
      if (drawn && cost > frameTime && !isResting) {
        move(drawn, placement);
        rest = setTimeout(() => {
          isResting = true;
          viewer.redraw();
        }, restTime);
        return;
      }
      isResting = false;
      const begin = performance.now();
      const lines = skyGrid(view);
      const group = svgElement("g");
      group.append(...linesOf(lines, view), ...labelsOf(lines, view, markBoxes(view, viewer.model.state)));
      layer.replaceChildren(group);
      drawn = { group, placement };
      cost = performance.now() - begin;
    },
    close() {
      clearTimeout(rest);
      follower.close();
    },
  };
}

/** Moves a grid with the picture. */
function move({ group, placement: before }: Drawn, now: Placement): void {
  const [from, to] = [before.toCanvas(0, 0), before.toCanvas(1, 0)];
  const [newFrom, newTo] = [now.toCanvas(0, 0), now.toCanvas(1, 0)];
  const scale = (newTo[0] - newFrom[0]) / (to[0] - from[0]);
  group.setAttribute(
    "transform",
    `translate(${newFrom[0] - scale * from[0]} ${newFrom[1] - scale * from[1]}) scale(${scale})`,
  );
}

/** The lines, cut off at the edges of the rectangle by an `svg` of their own. */
function linesOf(lines: readonly GridLine[], { left, top, width, height }: Rectangle): SVGElement[] {
  const d = lines.map(({ points }) => pathOf(points, left, top)).join("");
  const frame = svgElement("svg", { x: left, y: top, width, height });
  frame.append(
    ...[haloStyle, lineStyle].map((style) =>
      svgElement("path", { d, ...style, "vector-effect": "non-scaling-stroke" }),
    ),
  );
  return [frame];
}

function pathOf(points: GridLine["points"], left: number, top: number): string {
  let path = "";
  let isBroken = true;
  for (const point of points) {
    if (point)
      path += `${isBroken ? "M" : "L"}${(point[0] - left).toFixed(1)} ${(point[1] - top).toFixed(1)}`;
    isBroken = point === null;
  }
  return path;
}

function labelsOf(lines: readonly GridLine[], view: Rectangle, taken: readonly Box[]): SVGElement[] {
  return gridLabels(lines, view, taken).map(({ text, at: [x, y], anchor }) => {
    const label = svgElement("text", { x, y, "text-anchor": anchor, ...lettering });
    label.textContent = text;
    return label;
  });
}

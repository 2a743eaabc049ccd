/**
 * Marks on a picture: compass, scale bar.
 */
import { directionsAt } from "./directions.js";
import type { Place, SkyView } from "./sky-grid.js";
import { roundLength } from "./sky-steps.js";
import { element, lettered, pathThrough, type Svg, text } from "./svg.js";

/** White with a dark edge: seen on every picture. */
const onPicture = { stroke: "white", fill: "none", "stroke-width": 1.6 } as const;
const edge = { stroke: "black", fill: "none", "stroke-width": 3.6, "stroke-opacity": 0.5 } as const;
function seen(points: readonly (Place | null)[]): Svg {
  const d = pathThrough(points);
  return element("path", { d, ...edge }) + element("path", { d, ...onPicture });
}

/** Pictures that are less wide have no room for scale bar and compass beside each other. */
const narrow = 200;

/**
 * Arrows to the north and the east, as the sky lies there, in the lower right corner, of a narrow picture in the upper
 * one; nothing where there is no sky.
 */
export function compass(view: SkyView): Svg {
  const length = Math.min(40, Math.max(12, Math.min(view.width, view.height) * 0.12));
  const margin = 1.7 * length + 8;
  const at: Place = [
    view.left + view.width - margin,
    view.width < narrow ? view.top + margin : view.top + view.height - margin,
  ];
  const directions = directionsAt(view, at);
  if (!directions) return "";
  const arrow = ([dx, dy]: Place, name: string): Svg => {
    const tip: Place = [at[0] + length * dx, at[1] + length * dy];
    const barb = (turn: number): Place => {
      const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
      return [tip[0] - 7 * (dx * cos - dy * sin), tip[1] - 7 * (dx * sin + dy * cos)];
    };
    return (
      seen([at, tip, null, barb(0.45), tip, barb(-0.45)]) +
      text(at[0] + (length + 10) * dx, at[1] + (length + 10) * dy + 4, name, lettered)
    );
  };
  return arrow(directions.north, "N") + arrow(directions.east, "E");
}

/** A line of a round length on the sky, in the lower left corner; nothing where there is no sky. */
export function scaleBar(view: SkyView): Svg {
  const directions = directionsAt(view, [view.left + view.width / 2, view.top + view.height / 2]);
  if (!directions) return "";
  const { degreesPerUnit } = directions;
  const { degrees, label } = roundLength(view.width * 0.3 * degreesPerUnit);
  const length = degrees / degreesPerUnit;
  const [x, y] = [view.left + 14, view.top + view.height - 16];
  return (
    seen([
      [x, y - 4],
      [x, y + 4],
      null,
      [x, y],
      [x + length, y],
      null,
      [x + length, y - 4],
      [x + length, y + 4],
    ]) + text(x + length / 2, y - 8, label, lettered)
  );
}

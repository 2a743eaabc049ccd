/** Where compass and scale bar stand on the picture, and the boxes that they take. Pure. */
import { directionsAt, type Place, roundLength, type SkyView } from "fitslice/plot";
import type { ViewState } from "../state.js";
import type { Box } from "./grid-labels.js";

/** What labels of a grid take at the lower side. */
const gridLabelHeight = 16;
/** A letter of a mark's label, in CSS pixels. */
const letter = 7.4;

export interface CompassPlace {
  readonly at: Place;
  /** Of an arrow. */
  readonly length: number;
  readonly directions: NonNullable<ReturnType<typeof directionsAt>>;
}

/** The lower right corner of what is in sight; undefined where there is no room, or no sky. */
export function compassPlace(view: SkyView): CompassPlace | undefined {
  const length = Math.min(40, Math.max(14, Math.min(view.width, view.height) * 0.1));
  const margin = 1.7 * length + 10;
  if (view.width < 2 * margin || view.height < 2 * margin) return undefined;
  const at: Place = [view.left + view.width - margin, view.top + view.height - margin];
  const directions = directionsAt(view, at);
  return directions && { at, length, directions };
}

export interface ScaleBarPlace {
  /** The left end of the bar. */
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly label: string;
}

/** A bar of a round length in the lower left corner, above the labels of a grid; undefined where there is no room. */
export function scaleBarPlace(view: SkyView, hasGrid: boolean): ScaleBarPlace | undefined {
  const directions = directionsAt(view, [view.left + view.width / 2, view.top + view.height / 2]);
  if (!directions || view.width < 60 || view.height < 40) return undefined;
  const { degreesPerUnit } = directions;
  const { degrees, label } = roundLength(Math.min(view.width * 0.3, 220) * degreesPerUnit);
  const length = degrees / degreesPerUnit;
  // Of all that is in sight no length is round enough.
  if (!(length > 8) || length > view.width) return undefined;
  const y = view.top + view.height - 16 - (hasGrid ? gridLabelHeight : 0);
  return { x: view.left + 14, y, length, label };
}

/** The boxes of the marks that the state wants, where no label of a grid may stand. */
export function markBoxes(view: SkyView, state: Pick<ViewState, "compass" | "scaleBar">): Box[] {
  const boxes: Box[] = [];
  const bar = state.scaleBar ? scaleBarPlace(view, true) : undefined;
  if (bar) {
    const over = Math.max(0, bar.label.length * letter - bar.length) / 2;
    boxes.push({ from: [bar.x - over, bar.y - 21], to: [bar.x + bar.length + over, bar.y + 5] });
  }
  const compass = state.compass ? compassPlace(view) : undefined;
  if (compass) {
    const { at, length, directions } = compass;
    const reach = (length + 16) / length;
    const tips = [
      at,
      ...[directions.north, directions.east].map(
        ([dx, dy]): Place => [at[0] + length * reach * dx, at[1] + length * reach * dy],
      ),
    ];
    const [xs, ys] = [tips.map(([x]) => x), tips.map(([, y]) => y)];
    boxes.push({ from: [Math.min(...xs), Math.min(...ys)], to: [Math.max(...xs), Math.max(...ys)] });
  }
  return boxes;
}

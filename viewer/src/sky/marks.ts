/** Compass and scale bar over the picture. */
import type { Place, SkyView } from "fitslice/plot";
import { svgElement } from "../svg.js";
import type { Overlay, Viewer } from "../viewer.types.js";
import { lettering } from "./lettering.js";
import { compassPlace, scaleBarPlace } from "./mark-places.js";
import { followSky, imageSize, skyView } from "./picture-sky.js";

const lineStyle = { fill: "none", stroke: "#fff", "stroke-width": 1.6 } as const;
const haloStyle = { fill: "none", stroke: "#000", "stroke-width": 3.6, "stroke-opacity": 0.5 } as const;

/** Arrows to the north and the east of the frame that is shown, in the lower right corner of what is in sight. */
export function compass(viewer: Viewer): Overlay {
  return mark(viewer, compassOf);
}

/** A line of a round length on the sky, in the lower left corner. */
export function scaleBar(viewer: Viewer): Overlay {
  return mark(viewer, (view) => scaleBarOf(view, viewer.model.state.grid));
}

function mark(viewer: Viewer, elementsOf: (view: SkyView) => SVGElement[]): Overlay {
  const follower = followSky(viewer);
  return {
    draw(layer, placement, size) {
      const { sky } = follower;
      const view = sky && skyView(sky, placement, size, imageSize(viewer));
      layer.replaceChildren(...(view ? elementsOf(view) : []));
    },
    close: () => follower.close(),
  };
}

function compassOf(view: SkyView): SVGElement[] {
  const place = compassPlace(view);
  if (!place) return [];
  const { at, length, directions } = place;
  return [...arrow(at, length, directions.north, "N"), ...arrow(at, length, directions.east, "E")];
}

function arrow(at: Place, length: number, [dx, dy]: Place, name: string): SVGElement[] {
  const tip: Place = [at[0] + length * dx, at[1] + length * dy];
  const barb = (turn: number): Place => {
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    return [tip[0] - 7 * (dx * cos - dy * sin), tip[1] - 7 * (dx * sin + dy * cos)];
  };
  return [
    ...stroked([
      [at, tip],
      [barb(0.45), tip, barb(-0.45)],
    ]),
    lettered(name, [at[0] + (length + 10) * dx, at[1] + (length + 10) * dy + 4]),
  ];
}

function scaleBarOf(view: SkyView, hasGrid: boolean): SVGElement[] {
  const place = scaleBarPlace(view, hasGrid);
  if (!place) return [];
  const { x, y, length, label } = place;
  return [
    ...stroked([
      [
        [x, y - 4],
        [x, y + 4],
      ],
      [
        [x, y],
        [x + length, y],
      ],
      [
        [x + length, y - 4],
        [x + length, y + 4],
      ],
    ]),
    lettered(label, [x + length / 2, y - 8]),
  ];
}

function stroked(lines: readonly (readonly Place[])[]): SVGElement[] {
  const d = lines
    .map((line) => `M${line.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`)
    .join("");
  return [haloStyle, lineStyle].map((style) => svgElement("path", { d, ...style }));
}

function lettered(content: string, [x, y]: Place): SVGElement {
  const label = svgElement("text", { x, y, "text-anchor": "middle", ...lettering });
  label.textContent = content;
  return label;
}

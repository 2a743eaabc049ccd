/** Draws the regions over the picture; a pointer selects, moves and resizes them. */
import type { Placement } from "../screen/screen.types.js";
import { svgElement } from "../svg.js";
import type { Overlay, Viewer } from "../viewer.types.js";
import { handleOf, hundredths, moved, reachOf, stretchedTo } from "./geometry.js";
import type { PixelShape } from "./region.js";
import { type RegionEntry, type RegionList, regionsOf } from "./region-list.js";

const defaultColor = "#36d399";
const handleSize = 9;
/** Colors that ds9 draws brighter than CSS. */
const ds9Colors: Readonly<Record<string, string>> = { green: "limegreen" };
/** CSS pixels around a line that a pointer may miss it by, in all. */
const hitWidth = 11;

export function regionOverlay(viewer: Viewer): Overlay {
  const list = regionsOf(viewer);
  const nodes: RegionNode[] = [];
  const draft = svgElement("path", { fill: "none", stroke: defaultColor, "stroke-dasharray": "4 3" });
  return {
    draw(layer, placement, size) {
      if (draft.parentNode !== layer) layer.append(draft);
      while (nodes.length > list.entries.length) nodes.pop()!.group.remove();
      while (nodes.length < list.entries.length) {
        const node = new RegionNode(viewer, list, nodes.length);
        nodes.push(node);
        layer.insertBefore(node.group, draft);
      }
      for (const [i, node] of nodes.entries())
        node.draw(list.entries[i]!, placement, size, i === list.selected);
      draft.setAttribute("d", list.draft ? pathOf(list.draft, placement) : "");
    },
  };
}

/** A region on the picture: a line with a dark edge, a wide line that a pointer meets, and a handle. */
class RegionNode {
  readonly group = svgElement("g");
  readonly #edge = svgElement("path", { fill: "none", stroke: "#000", "stroke-opacity": 0.45 });
  readonly #line = svgElement("path", { fill: "none" });
  readonly #hit = svgElement("path", {
    fill: "none",
    stroke: "transparent",
    "stroke-width": hitWidth,
    "pointer-events": "stroke",
    cursor: "move",
  });
  readonly #handle = svgElement("rect", {
    width: handleSize,
    height: handleSize,
    fill: "#fff",
    stroke: "#000",
    "pointer-events": "all",
    cursor: "nwse-resize",
  });
  readonly #label = svgElement("text", {
    "text-anchor": "middle",
    "font-size": 12,
    "font-weight": 600,
    stroke: "#000",
    "stroke-opacity": 0.6,
    "stroke-width": 2.5,
    "stroke-linejoin": "round",
    "paint-order": "stroke",
  });

  constructor(viewer: Viewer, list: RegionList, index: number) {
    this.group.append(this.#edge, this.#line, this.#label, this.#hit, this.#handle);
    dragged(viewer, list, index, this.#hit, (shape, from, to) => {
      const whole = shape.shape === "box" ? Math.round : hundredths;
      return moved(shape, whole(to[0] - from[0]), whole(to[1] - from[1]));
    });
    dragged(viewer, list, index, this.#handle, (shape, _, to) => stretchedTo(shape, to[0], to[1]));
  }

  draw(
    { shape, region }: RegionEntry,
    placement: Placement,
    [width, height]: readonly [number, number],
    isSelected: boolean,
  ): void {
    const isShown = shape !== undefined && isInSight(shape, placement, width, height);
    this.group.toggleAttribute("hidden", !isShown);
    this.group.setAttribute("display", isShown ? "inline" : "none");
    if (!isShown) return;
    const d = pathOf(shape, placement);
    for (const path of [this.#edge, this.#line, this.#hit]) path.setAttribute("d", d);
    const named = region?.color || defaultColor;
    const color = Object.hasOwn(ds9Colors, named) ? ds9Colors[named]! : named;
    this.#edge.setAttribute("stroke-width", isSelected ? "4.5" : "3.5");
    this.#line.setAttribute("stroke", color);
    this.#line.setAttribute("stroke-width", isSelected ? "2.25" : "1.5");
    this.#line.setAttribute("stroke-dasharray", region?.excluded ? "5 3" : "none");
    const [left, top] = placement.toCanvas(shape.x, shape.y + reachOf(shape)[1]);
    this.#label.textContent = region?.text ?? "";
    this.#label.setAttribute("x", String(left));
    this.#label.setAttribute("y", String(top - 6));
    this.#label.setAttribute("fill", color);
    const handle = isSelected ? handleOf(shape) : undefined;
    this.#handle.setAttribute("display", handle ? "inline" : "none");
    if (!handle) return;
    const [x, y] = placement.toCanvas(...handle);
    this.#handle.setAttribute("x", String(x - handleSize / 2));
    this.#handle.setAttribute("y", String(y - handleSize / 2));
  }
}

type Pixel = readonly [x: number, y: number];

/** Has a pointer drag an element: the region becomes what `change` makes of its shape and two places. */
function dragged(
  viewer: Viewer,
  list: RegionList,
  index: number,
  element: SVGElement,
  change: (shape: PixelShape, from: Pixel, to: Pixel) => PixelShape,
): void {
  const { canvas } = viewer.screen;
  let begin: { readonly shape: PixelShape; readonly from: Pixel } | undefined;
  const at = ({ clientX, clientY }: MouseEvent): Pixel => {
    const box = canvas.getBoundingClientRect();
    return viewer.placement.toImage(clientX - box.left, clientY - box.top);
  };
  element.addEventListener("pointerdown", (event) => {
    const shape = list.entries[index]?.shape;
    if (event.button !== 0 || !shape) return;
    // Keeps the focus, and so the keys, on the picture.
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    list.selected = index;
    begin = { shape, from: at(event) };
  });
  element.addEventListener("pointermove", (event) => {
    if (begin) list.reshape(index, change(begin.shape, begin.from, at(event)));
  });
  for (const type of ["pointerup", "pointercancel"] as const)
    element.addEventListener(type, () => {
      begin = undefined;
    });
  // The wheel zooms the picture under the line, too.
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      canvas.dispatchEvent(new WheelEvent("wheel", event));
    },
    { passive: false },
  );
}

function isInSight(shape: PixelShape, placement: Placement, width: number, height: number): boolean {
  const [rx, ry] = reachOf(shape);
  const [left, bottom] = placement.toCanvas(shape.x - rx, shape.y - ry);
  const [right, top] = placement.toCanvas(shape.x + rx, shape.y + ry);
  return right > -20 && left < width + 20 && bottom > -20 && top < height + 20;
}

/** The outline of a region on the canvas, as the path of SVG. */
export function pathOf({ shape, x, y, lengths, angle }: PixelShape, placement: Placement): string {
  const [cx, cy] = placement.toCanvas(x, y);
  const zoom = placement.toCanvas(1, 0)[0] - placement.toCanvas(0, 0)[0];
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  // The canvas's y axis points down.
  const at = (u: number, v: number): string =>
    `${(cx + zoom * (u * cos - v * sin)).toFixed(2)} ${(cy - zoom * (u * sin + v * cos)).toFixed(2)}`;
  const oval = (a: number, b: number): string => {
    const arc = `A${(a * zoom).toFixed(2)} ${(b * zoom).toFixed(2)} ${(-angle).toFixed(3)} 0 1 `;
    return `M${at(a, 0)}${arc}${at(-a, 0)}${arc}${at(a, 0)}Z`;
  };
  const [a = 0, b = 0] = lengths;
  switch (shape) {
    case "circle":
      return oval(a, a);
    case "ellipse":
      return oval(a, b);
    case "annulus":
      return lengths.map((radius) => oval(radius, radius)).join("");
    case "box":
      return `M${at(-a / 2, -b / 2)}L${at(a / 2, -b / 2)}L${at(a / 2, b / 2)}L${at(-a / 2, b / 2)}Z`;
    case "point": {
      const arm = 6;
      return `M${cx - arm} ${cy}H${cx + arm}M${cx} ${cy - arm}V${cy + arm}`;
    }
  }
}

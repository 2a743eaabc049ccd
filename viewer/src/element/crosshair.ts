/** The crosshair: where the keyboard, or "go to", stands. */
import { svgElement } from "../svg.js";
import type { Overlay, Viewer } from "../viewer.types.js";

/** CSS pixels from the middle to where the lines begin, and to where they end. */
const [inner, outer] = [5, 17];

export function crosshair(viewer: Viewer): Overlay {
  const end = viewer.on("place", () => viewer.redraw());
  const paths = ["crosshair halo", "crosshair"].map((name) => svgElement("path", { class: name }));
  return {
    draw(layer) {
      if (!layer.firstChild) layer.append(...paths);
      const { place, hasCrosshair } = viewer;
      layer.toggleAttribute("hidden", !place || !hasCrosshair);
      if (!place) return;
      // In the middle of pixels of the screen: between two of them a thin line is dull.
      const [x, y] = [Math.floor(place.left) + 0.5, Math.floor(place.top) + 0.5];
      const line = (dx: number, dy: number): string =>
        `M${x + dx * inner} ${y + dy * inner}L${x + dx * outer} ${y + dy * outer}`;
      for (const path of paths) path.setAttribute("d", line(1, 0) + line(-1, 0) + line(0, 1) + line(0, -1));
    },
    close: end,
  };
}

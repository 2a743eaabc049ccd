/** Draws the overlays: each into a group of its own, at most once a frame. */
import { svgElement } from "../svg.js";
import type { Overlay, Viewer } from "../viewer.types.js";
import { overlays } from "./layers.js";

interface Layer {
  readonly group: SVGGElement;
  /** Undefined while it loads. */
  overlay: Overlay | undefined;
}

/** Keeps the overlays that the state wants on `svg`. */
export function overlayLayers(viewer: Viewer, svg: SVGSVGElement): { redraw(): void; close(): void } {
  const layers = new Map<string, Layer>();
  let frame = 0;
  let isClosed = false;

  const redraw = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      for (const { overlay, group } of layers.values()) overlay?.draw(group, viewer.placement, viewer.size);
    });
  };

  const add = ({ id, load }: (typeof overlays)[number]): void => {
    const group = svgElement("g");
    const after = overlays.slice(overlays.findIndex((entry) => entry.id === id) + 1);
    svg.insertBefore(group, after.map((entry) => layers.get(entry.id)?.group).find(Boolean) ?? null);
    const layer: Layer = { group, overlay: undefined };
    layers.set(id, layer);
    load(viewer).then(
      (make) => {
        if (isClosed || layers.get(id) !== layer) return;
        layer.overlay = make(viewer);
        redraw();
      },
      (error) => viewer.model.emit("error", error as Error),
    );
  };

  const remove = (id: string): void => {
    layers.get(id)?.overlay?.close?.();
    layers.get(id)?.group.remove();
    layers.delete(id);
  };

  const update = (): void => {
    for (const entry of overlays) {
      const isWanted = viewer.model.image !== undefined && entry.wanted(viewer);
      if (isWanted && !layers.has(entry.id)) add(entry);
      else if (!isWanted && layers.has(entry.id)) remove(entry.id);
    }
    redraw();
  };

  const ends = [
    viewer.model.on("image", update),
    viewer.model.on("state", update),
    viewer.model.on("points", update),
    viewer.on("view", redraw),
    viewer.on("tool", update),
    viewer.on("panel", update),
  ];
  update();
  return {
    redraw,
    close() {
      isClosed = true;
      cancelAnimationFrame(frame);
      for (const end of ends) end();
      for (const id of [...layers.keys()]) remove(id);
    },
  };
}

/** Pointer and wheel on the canvas: pan with a glide, pinch, zoom at the pointer, clicks, drags with a tool. */
import type { PicturePlace, Tool } from "../viewer.types.js";
import { glided, glideEnd, shifted, wheelFactor } from "./camera.js";
import type { Stage } from "./stage.js";

interface Finger {
  left: number;
  top: number;
}

/** CSS pixels that a pointer may move in a click. */
const clickSlack = 4;
/** Milliseconds of a drag that tell its speed. */
const speedTime = 80;

const isCalm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Listens on the stage's canvas; answers with a function that ends that. */
export function listenToGestures(stage: Stage): () => void {
  const { canvas } = stage;
  const ends = new AbortController();
  const { signal } = ends;
  const fingers = new Map<number, Finger>();
  let start: (PicturePlace & { readonly moved: boolean }) | undefined;
  let drag: { readonly tool: Tool; readonly from: PicturePlace } | undefined;
  let trail: { left: number; top: number; time: number }[] = [];
  let animation = 0;
  let wheelTarget = 0;

  const at = ({ clientX, clientY }: MouseEvent): Finger => {
    const box = canvas.getBoundingClientRect();
    return { left: clientX - box.left, top: clientY - box.top };
  };
  const stop = (): void => {
    cancelAnimationFrame(animation);
    wheelTarget = 0;
  };

  /** Calls `step` with the milliseconds since now, frame by frame, until it is `duration`. */
  const animate = (duration: number, step: (ms: number) => void): void => {
    stop();
    const begin = performance.now();
    const frame = (now: number): void => {
      const ms = Math.min(duration, Math.max(0, now - begin));
      step(ms);
      if (ms < duration) animation = requestAnimationFrame(frame);
      else wheelTarget = 0;
    };
    animation = requestAnimationFrame(frame);
  };

  /** Zooms within a moment rather than in a jump. */
  const zoomSmoothly = (target: number, { left, top }: Finger): void => {
    const from = stage.viewport.zoom;
    if (isCalm()) {
      stage.zoomTo(target, [left, top]);
      return;
    }
    animate(140, (ms) => {
      const share = 1 - (1 - ms / 140) ** 3;
      stage.zoomTo(from * (target / from) ** share, [left, top]);
    });
    wheelTarget = target;
  };

  const glide = (): void => {
    const [first, last] = [trail[0], trail.at(-1)];
    if (!first || !last || isCalm() || performance.now() - last.time > speedTime) return;
    const ms = last.time - first.time;
    if (ms < 10) return;
    const [right, down] = [(last.left - first.left) / ms, (last.top - first.top) / ms];
    const view = stage.viewport;
    const end = glideEnd(Math.hypot(right, down));
    if (end > 0) animate(end, (t) => stage.look(shifted(view, glided(right, t), glided(down, t))));
  };

  const tellDrag = (event: PointerEvent, phase: "start" | "move" | "end" | "cancel"): void => {
    if (!drag) return;
    const { left, top } = at(event);
    stage.emit("drag", { ...drag, phase, to: stage.placeAt(left, top), shift: event.shiftKey });
  };

  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0 || !stage.model.image) return;
    stop();
    canvas.setPointerCapture(event.pointerId);
    const finger = at(event);
    fingers.set(event.pointerId, finger);
    trail = [];
    start = fingers.size > 1 ? undefined : { ...stage.placeAt(finger.left, finger.top), moved: false };
    if (fingers.size > 1 && drag) {
      tellDrag(event, "cancel");
      drag = undefined;
    } else if (start && stage.tool !== "pan") {
      drag = { tool: stage.tool, from: start };
      tellDrag(event, "start");
    }
  };

  const onMove = (event: PointerEvent): void => {
    const before = fingers.get(event.pointerId);
    const now = at(event);
    if (!before) {
      stage.pointAt(now.left, now.top);
      return;
    }
    if (start && Math.hypot(now.left - start.left, now.top - start.top) > clickSlack)
      start = { ...start, moved: true };
    if (drag) tellDrag(event, "move");
    else if (fingers.size === 2) pinch(event.pointerId, before, now);
    else if (start?.moved) {
      stage.look(shifted(stage.viewport, now.left - before.left, now.top - before.top));
      canvas.classList.add("grabbed");
    }
    if (start && !start.moved && !drag) return;
    fingers.set(event.pointerId, now);
    trail = [
      ...trail.filter(({ time }) => event.timeStamp - time < speedTime),
      { ...now, time: event.timeStamp },
    ];
    if (event.pointerType !== "touch") stage.pointAt(now.left, now.top);
  };

  /** Two fingers: what is between them stays there, and grows with their distance. */
  const pinch = (id: number, before: Finger, now: Finger): void => {
    const other = [...fingers].find(([otherId]) => otherId !== id)![1];
    const distance = (a: Finger): number => Math.max(1, Math.hypot(a.left - other.left, a.top - other.top));
    const middle = { left: (before.left + other.left) / 2, top: (before.top + other.top) / 2 };
    stage.zoomTo((stage.viewport.zoom * distance(now)) / distance(before), [middle.left, middle.top]);
    stage.look(shifted(stage.viewport, (now.left - before.left) / 2, (now.top - before.top) / 2));
  };

  const onUp = (event: PointerEvent): void => {
    if (!fingers.delete(event.pointerId)) return;
    canvas.classList.remove("grabbed");
    const isClick = event.type === "pointerup" && start?.moved === false;
    if (drag) tellDrag(event, event.type === "pointerup" ? "end" : "cancel");
    else if (event.type === "pointerup" && start?.moved) glide();
    drag = undefined;
    const { left, top } = at(event);
    if (isClick) {
      stage.pointAt(left, top);
      stage.emit("click", stage.placeAt(left, top));
    }
    start = undefined;
  };

  const onWheel = (event: WheelEvent): void => {
    if (!stage.model.image) return;
    event.preventDefault();
    const factor = wheelFactor(event);
    const finger = at(event);
    // A trackpad sends many small turns, which are smooth by themselves; a wheel few large ones.
    if (event.deltaMode === 0 && Math.abs(event.deltaY) < 40) {
      stop();
      stage.zoomTo(stage.viewport.zoom * factor, [finger.left, finger.top]);
    } else zoomSmoothly((wheelTarget || stage.viewport.zoom) * factor, finger);
  };

  const onDoubleClick = (event: MouseEvent): void => {
    if (stage.model.image && stage.tool === "pan")
      zoomSmoothly(stage.viewport.zoom * (event.shiftKey ? 0.5 : 2), at(event));
  };

  canvas.addEventListener("pointerdown", onDown, { signal });
  canvas.addEventListener("pointermove", onMove, { signal });
  canvas.addEventListener("pointerup", onUp, { signal });
  canvas.addEventListener("pointercancel", onUp, { signal });
  canvas.addEventListener("pointerleave", () => stage.pointNowhere(), { signal });
  canvas.addEventListener("wheel", onWheel, { signal, passive: false });
  canvas.addEventListener("dblclick", onDoubleClick, { signal });
  return () => {
    stop();
    ends.abort();
  };
}

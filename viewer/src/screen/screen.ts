/** The screen: a canvas that shows one plane of an image, as far as it has come. */
import type { Fits, ImageHdu } from "fitslice";
import { Emitter } from "../events.js";
import { coverageOf } from "./cover.js";
import { levelOf, overlap, pageCount, pageSide, type Rect, sightOf, type View } from "./geometry.js";
import { firstLook, type Limits, newTones } from "./look.js";
import { newPainter, type Painter } from "./painter.js";
import { pagesToDraw, reachOf, rectOf } from "./picture.js";
import { promised } from "./promised.js";
import { readingAt, sampleOf } from "./readings.js";
import { remembered } from "./remembered.js";
import type {
  Coverage,
  Overview,
  Screen,
  ScreenEvents,
  ScreenOptions,
  ShowOptions,
  Viewport,
} from "./screen.types.js";
import { heldOf, newShown, type Shown } from "./shown.js";
import { suppliesOf } from "./supply.js";
import { newSurface } from "./surface.js";

const nothing: Coverage = { exact: 1, sampled: 0, missing: 0 };
const noWebGl =
  "this browser gives no WebGL2, which the viewer draws with; turn on hardware acceleration, or try another one";
/** Milliseconds of uploads in a frame, and in one before first light, when nobody pans or zooms. */
const uploadTime = 6;
const firstUploadTime = 50;

/** A screen on `canvas`, whose size CSS gives. Reads begin with `show`. */
export function createScreen(canvas: HTMLCanvasElement, options: ScreenOptions = {}): Screen {
  const { viewBytes = 24e6, pageBytes = 128e6, nan = [24, 32, 64, 255] } = options;
  const events = new Emitter<ScreenEvents>();
  const surface = newSurface(canvas, {
    // Reads begin before the frame: where software draws, frames are slow.
    turn: () => attempt(() => isMoved && plan()),
    frame: () => attempt(() => frame(shown?.isLit ? uploadTime : firstUploadTime)),
    resized: () => moved(),
    lost: () => void (isLost = true),
    restored: () => {
      isLost = false;
      painter?.restore();
      isRecolored = true;
      changed();
    },
  });
  const painter = surface.gl && makePainter(surface.gl);
  let shown: Shown | undefined;
  let viewport: Viewport = { center: [0, 0], zoom: 1 };
  let look = firstLook;
  let limits: Limits = { vmin: 0, vmax: 1 };
  let told: Limits | undefined;
  /** Counts changes of the pages: what has come, and what was dropped. */
  let known = 0;
  const coverageMade = remembered<Coverage>();
  const tonesOf = newTones();
  /** The view is not planned yet; colors are not made yet; something is not drawn yet; there is news to tell. */
  let isMoved = false;
  let isRecolored = true;
  let isChanged = false;
  let isNews = false;
  let isLost = false;
  let isClosed = false;
  /** Whether reads have ended, and whether there was more to read. */
  let rest: { isMore: boolean } | undefined = { isMore: false };
  let idle = promised();
  let isIdle = true;
  idle.resolve();

  function makePainter(gl: WebGL2RenderingContext): Painter | undefined {
    try {
      const made = newPainter(gl);
      made.setNan(nan);
      return made;
    } catch {
      return undefined;
    }
  }

  const viewOf = (): View => {
    const { width, height } = canvas;
    const scale = (viewport.zoom || fitZoom()) * (surface.width > 0 ? width / surface.width : surface.ratio);
    return { width, height, scale, center: viewport.center };
  };

  function fitZoom(): number {
    const { width = 1, height = 1 } = shown?.supplies ?? {};
    return Math.min(surface.width / width, surface.height / height) || 1;
  }

  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      events.emit("error", error as Error);
    }
  }

  /** Something is to be drawn. */
  function changed(): void {
    isChanged = true;
    surface.request();
  }

  /** Something else is in sight, or to be read. */
  function moved(): void {
    isMoved = true;
    busy();
    changed();
  }

  function busy(): void {
    if (!isIdle || !shown) return;
    isIdle = false;
    idle = promised();
  }

  function levelFor(view: View, { supplies }: Shown, sight: Rect): number {
    let level = supplies.shownFor(levelOf(view.scale, supplies.coarsest));
    // A texel takes eight bytes; all pages in sight are held.
    while (level < supplies.coarsest && pageCount(sight, level) * pageSide ** 2 * 8 > pageBytes) level++;
    return level;
  }

  function plan(): void {
    isMoved = false;
    surface.fit();
    if (!shown) return;
    const view = viewOf();
    const { supplies, reads, reach } = shown;
    const sight = view.scale > 0 ? sightOf(view, supplies.width, supplies.height) : undefined;
    const level = sight ? levelFor(view, shown, sight) : 0;
    rest = undefined;
    reads.see(sight, level);
    if (reads.target) reach.set(level, reads.target.reach);
    trim();
  }

  function seen(): { sight: Rect; level: number; reach: number } | undefined {
    const target = shown?.reads.target;
    const sight = shown && sightOf(viewOf(), shown.supplies.width, shown.supplies.height);
    return target && sight && { sight, level: target.level, reach: target.reach };
  }

  function coverage(): Coverage {
    const now = seen();
    if (!shown || !now) return nothing;
    const look = { ...now, pages: shown.pages, coarsest: shown.supplies.coarsest };
    // Asked for at each drawing of the page, found once for what was read.
    const parts = [known, ...Object.values(now.sight), now.level, now.reach];
    return coverageMade(parts, () => coverageOf(look));
  }

  function trim(): void {
    known++;
    const now = seen();
    if (!shown || !now) return;
    const { level, sight } = now;
    shown.pages.trim((page) => page.level >= level && overlap(sight, rectOf(page)) !== undefined);
  }

  /** Finds limits again where much more has come since, or, for good, where all has come. */
  function updateLimits(): void {
    if (!shown || shown.sample.seen === 0) return;
    const { sample } = shown;
    const isFinal = rest !== undefined && !shown.isSteady;
    const isMuchMore = sample.seen >= 4 * shown.limitsOf && (!shown.isSteady || rest !== undefined);
    if (!(isFinal && sample.seen > shown.limitsOf) && !isMuchMore) {
      shown.isSteady ||= isFinal;
      return;
    }
    shown.isSteady ||= isFinal;
    shown.limitsOf = sample.seen;
    isRecolored = true;
  }

  function recolor(): void {
    isRecolored = false;
    if (!shown || !painter || isLost) return;
    const { sample, reads } = shown;
    attempt(() => {
      const tones = tonesOf(look, sample, reads.origin);
      painter.setColors(tones.edges, tones.colors);
      limits = tones.limits;
      if (sample.seen === 0 || (limits.vmin === told?.vmin && limits.vmax === told.vmax)) return;
      told = limits;
      events.emit("limits", limits);
    });
  }

  /** Plans, uploads for so many milliseconds, draws what is there. */
  function frame(time: number): void {
    if (isClosed) return;
    if (isMoved) plan();
    if (isNews) trim();
    updateLimits();
    if (isRecolored) {
      recolor();
      isChanged = true;
    }
    if (isChanged) draw(time);
    tellNews();
    settle();
  }

  function draw(time: number): void {
    isChanged = false;
    const now = seen();
    if (!painter || isLost) return;
    surface.fit();
    const list =
      shown && now
        ? [
            ...shown.pages.outdated,
            ...pagesToDraw({ ...now, pages: shown.pages, coarsest: shown.supplies.coarsest }),
          ]
        : [];
    const until = performance.now() + time;
    let isLeft = false;
    if (shown) {
      const { reads, reach } = shown;
      // Those of the view's own level first.
      for (const page of list.toReversed()) {
        if (painter.isFresh(page)) continue;
        if (performance.now() > until) {
          isLeft = true;
          break;
        }
        painter.upload(
          page,
          reads.origin,
          reachOf(page, reach.get(page.level) ?? 0, shown.pages, now!.sight),
        );
      }
    }
    painter.draw(viewOf(), list);
    painter.trim(pageBytes, new Set(list.map(({ key }) => key)));
    if (isLeft) changed();
  }

  function tellNews(): void {
    if (!isNews || isChanged || !shown) return;
    isNews = false;
    const now = coverage();
    events.emit("progress", now);
    if (now.missing === 0) shown.pages.forget();
    light(now.missing === 0);
  }

  function light(isAll: boolean): void {
    if (!shown || shown.isLit || !isAll) return;
    shown.isLit = true;
    events.emit("firstlight", { seconds: (performance.now() - shown.start) / 1000 });
  }

  /** Tells that nothing more is read, once all that came is drawn. */
  function settle(): void {
    if (!rest || isIdle || isMoved || isChanged || isNews) return;
    const [{ isMore }, of] = [rest, shown];
    isIdle = true;
    const now = coverage();
    if (of && of.sample.seen > 0) light(true);
    events.emit("idle", now);
    idle.resolve();
    if (isMore && of) void tellPrice(of);
  }

  async function tellPrice(of: Shown): Promise<void> {
    const price = await of.reads.price();
    if (!price || shown !== of || !isIdle || isClosed) return;
    events.emit("expensive", { bytes: price.bytes, requests: price.requests.length, seconds: price.seconds });
  }

  function show(fits: Fits, image: ImageHdu, plane: readonly number[], given: ShowOptions = {}): void {
    hide();
    if (isClosed) return;
    if (!painter) {
      queueMicrotask(() => events.emit("error", new Error(noWebGl)));
      return;
    }
    if (image.shape.length === 0 || image.shape.includes(0)) {
      isIdle = false;
      rest = { isMore: false };
      changed();
      return;
    }
    try {
      const budgets = { view: viewBytes, pages: pageBytes };
      shown = newShown(suppliesOf(fits, image, plane, given.overview), budgets, {
        onNews: () => {
          isNews = true;
          known++;
          changed();
        },
        onIdle: (isMore) => {
          rest = { isMore };
          surface.request();
        },
        onError: (error) => events.emit("error", error),
      });
      moved();
    } catch (error) {
      queueMicrotask(() => events.emit("error", error as Error));
    }
  }

  function setOverview(overview: Overview | undefined): void {
    if (!shown) return;
    const { supplies, pages, reads, sample } = shown;
    const before = reads.target?.supply;
    supplies.setOverview(overview);
    pages.renew();
    plan();
    busy();
    changed();
    if (!before || reads.target?.supply === before) return;
    // Means of blocks have limits of their own.
    sample.clear();
    shown.limitsOf = 0;
    shown.isSteady = false;
  }

  function hide(): void {
    shown?.reads.close();
    shown = undefined;
    told = undefined;
    rest = { isMore: false };
    isNews = false;
    painter?.clear();
    idle.resolve();
    isIdle = true;
    changed();
  }

  return {
    canvas,
    get limits() {
      return limits;
    },
    show,
    setOverview,
    setViewport(next) {
      viewport = next;
      moved();
    },
    setLook(next) {
      look = next;
      isRecolored = true;
      changed();
    },
    fitZoom,
    refine() {
      if (!shown) return;
      if (isMoved) plan();
      busy();
      rest = undefined;
      shown.reads.permit();
      surface.request();
    },
    valueAt(x, y) {
      const { width = 0, height = 0 } = shown?.supplies ?? {};
      const isInside = [x, y].every(Number.isInteger) && x >= 0 && y >= 0 && x < width && y < height;
      return shown && isInside ? readingAt(heldOf(shown), x, y) : undefined;
    },
    sample(most) {
      const now = seen();
      return shown && now ? sampleOf(heldOf(shown), now.sight, most) : new Float64Array(0);
    },
    coverage,
    get idle() {
      return idle.promise;
    },
    get isLit() {
      return shown?.isLit ?? false;
    },
    get reading() {
      return shown?.reads.count ?? 0;
    },
    drawNow() {
      isChanged = true;
      frame(Number.POSITIVE_INFINITY);
    },
    on: (event, listener) => events.on(event, listener),
    close() {
      if (isClosed) return;
      hide();
      isClosed = true;
      painter?.close();
      surface.close();
    },
  };
}

/** The pages that are held in memory: those used longest ago make room. */
import { type PageId, pagesIn, type Rect } from "./geometry.js";
import { bytesOf, keyOf, newPage, type Page } from "./page.js";
import type { Supplies } from "./supply.js";
import { unitGrid } from "./units.js";

export interface Pages {
  get(id: PageId): Page | undefined;
  /** The page; a new one where it is not held. */
  ensure(id: PageId): Page;
  all(): Iterable<Page>;
  /** Pages whose level has another supply now: drawn below the others until these know what is in sight. */
  readonly outdated: readonly Page[];
  /** Takes out the pages whose level has another supply now. */
  renew(): void;
  /** Drops what was taken out. */
  forget(): void;
  readonly bytes: number;
  /** Notes that pages are in sight, and drops the pages used longest ago that are too many, but not those of `keep`. */
  trim(keep: (page: Page) => boolean): void;
}

export function newPages(supplies: Supplies, limit: number): Pages {
  const held = new Map<string, Page>();
  let outdated: Page[] = [];
  let clock = 0;
  const bytes = (): number => {
    let sum = 0;
    for (const page of [...held.values(), ...outdated]) sum += bytesOf(page);
    return sum;
  };

  /** The coarsest level held, which is kept, for the way back to the whole; undefined where that would take much. */
  function kept(): number | undefined {
    const coarsest = Math.max(...[...held.values()].map(({ level }) => level));
    let sum = 0;
    for (const page of held.values()) if (page.level === coarsest) sum += bytesOf(page);
    return sum <= limit / 4 ? coarsest : undefined;
  }

  return {
    get: (id) => held.get(keyOf(id)),
    ensure(id) {
      const key = keyOf(id);
      let page = held.get(key);
      if (!page) {
        const supply = supplies.of(id.level);
        held.set(key, (page = newPage(id, supply, unitGrid(supply, id.level))));
        page.used = clock;
      }
      return page;
    },
    all: () => held.values(),
    get outdated() {
      return outdated;
    },
    renew() {
      for (const [key, page] of [...held]) {
        if (page.supply === supplies.of(page.level)) continue;
        held.delete(key);
        outdated.push(page);
      }
    },
    forget() {
      outdated = [];
    },
    get bytes() {
      return bytes();
    },
    trim(keep) {
      clock++;
      for (const page of held.values()) if (keep(page)) page.used = clock;
      let over = bytes() - limit;
      if (over <= 0) return;
      const coarsest = kept();
      for (const page of [...held.values()].sort((a, b) => a.used - b.used)) {
        if (over <= 0) break;
        if (page.used === clock || page.level === coarsest) continue;
        held.delete(keyOf(page));
        over -= bytesOf(page);
      }
    },
  };
}

/** The pages held of a level that a rectangle touches. */
export function heldIn(pages: Pages, rect: Rect, level: number): Page[] {
  return pagesIn(rect, level).flatMap((id) => pages.get(id) ?? []);
}

/** What a reader meets on a page: asked in the page itself. */
import { readFileSync } from "node:fs";
import type { Page } from "puppeteer-core";

export interface Seen {
  readonly ids: readonly string[];
  /** Addresses of links, absolute. */
  readonly links: readonly string[];
  readonly faults: readonly string[];
}

/** Links and anchors of the page that is open, and what is wrong with its structure. */
export function look(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const shown = (element: Element): string => element.outerHTML.slice(0, 100);
    const wide = document.documentElement;
    if (wide.scrollWidth > wide.clientWidth) {
      const isWide = (e: Element): boolean => e.getBoundingClientRect().right > wide.clientWidth + 1;
      const first = [...document.querySelectorAll("main *")].find(isWide);
      faults.push(
        `is ${wide.scrollWidth} pixels wide on a screen of ${wide.clientWidth}${first ? `: ${shown(first)}` : ""}`,
      );
    }
    for (const image of document.querySelectorAll("img")) {
      if (!image.alt && !image.closest("[aria-hidden]"))
        faults.push(`has a picture without words: ${shown(image)}`);
      if (image.complete && image.naturalWidth === 0)
        faults.push(`has a picture that is not there: ${image.src}`);
    }
    if (document.querySelectorAll("h1").length !== 1) faults.push("has not one h1");
    let level = 0;
    for (const heading of document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")) {
      const next = Number(heading.tagName[1]);
      if (next > level + 1) faults.push(`goes from a heading of level ${level} to ${shown(heading)}`);
      level = next;
    }
    return {
      ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
      links: [...document.querySelectorAll<HTMLAnchorElement>("a[href]")].map(({ href }) => href),
      faults,
    };
  });
}

const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** What axe calls serious or critical in the page that is open; by these of its rules, or by all. */
export async function seriousFaults(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async (runOnly) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{
          violations: { id: string; impact: string; help: string; nodes: { html: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run({ resultTypes: ["violations"], ...(runOnly && { runOnly }) });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => `${id}, ${help} (${nodes.length}): ${nodes[0]?.html.slice(0, 160)}`);
  }, rules);
}

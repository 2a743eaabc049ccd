/** Writes the pages of a report. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crossovers } from "./crossover.js";
import { markdownReport } from "./markdown.js";
import { htmlPage } from "./page.js";
import { bars, crossoverPlot, sizeBars } from "./plots.js";
import type { Report, Studied } from "./results.js";

/** `docs`: writes docs/report.md, too. */
export async function writePages(report: Report, target: string, docs: boolean): Promise<void> {
  const text = markdownReport(report);
  await writeFile(join(target, "index.html"), htmlPage(report));
  await writeFile(join(target, "report.md"), text);
  if (docs) await writeFile("docs/report.md", text);
  for (const study of report.studies) await writePlots(study, target);
}

async function writePlots(study: Studied, target: string): Promise<void> {
  const { name, patterns } = study.subject;
  const plots: [string, string][] = patterns.map((pattern) => [pattern.name, bars(study, pattern.name)]);
  for (const { name: copy } of study.copies) {
    plots.push([`cutouts ${copy}`, crossoverPlot(crossovers(study).filter((c) => c.copy === copy))]);
  }
  plots.push(["sizes", sizeBars(study)]);
  for (const [title, svg] of plots) {
    if (svg !== "")
      await writeFile(join(target, `${name}-${title.replaceAll(/[^\w]+/g, "-")}.svg`), `${svg}\n`);
  }
}

/** The report as a page that stands alone: answers first, the tables behind them. */
import type { Answered } from "./answers.js";
import { answers } from "./answers.js";
import { conditionsText, isBusy } from "./conditions.js";
import { crossovers } from "./crossover.js";
import { bars, crossoverPlot, sizeBars } from "./plots.js";
import type { Report, Studied } from "./results.js";
import { boundTable, secondsTable, settingTable, type Table, trafficTable } from "./tables.js";
import { escapeHtml } from "./words.js";

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e4e7eb); --paper: light-dark(#fdfdfc, #14171b); --soft: light-dark(#59636e, #9ba5b0);
  --line: light-dark(#d9dde2, #333a42); --ours: light-dark(#2a6fc9, #5b9df0); --theirs: light-dark(#a6aeb8, #66707c); --bound: light-dark(#c8322f, #ff7b72); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 4rem; font: 17px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0; } h2 { font-size: 1.25rem; margin: 2.6rem 0 .4rem; line-height: 1.3; }
p, li { max-width: 40rem; } ul { padding-left: 1.1rem; } li { margin: .45rem 0; } li::marker { color: var(--ours); }
.note { color: var(--soft); font-size: .88rem; } .warn { border-left: 4px solid var(--bound); padding-left: .8rem; }
figure { margin: 1.2rem 0; } figcaption { font-size: .88rem; color: var(--soft); margin-bottom: .5rem; }
svg { display: block; width: 100%; max-width: 40rem; height: auto; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; font-size: .92rem; } a { color: var(--ours); }
details { border-top: 1px solid var(--line); padding: .5rem 0; } summary { cursor: pointer; font-weight: 600; }
.wide { overflow-x: auto; margin: .6rem 0; } table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th.name, td.name { text-align: left; } code { font-size: .88em; }
caption { position: sticky; left: 0; width: max-content; max-width: calc(100vw - 2rem); text-align: left; }
@media (max-width: 40rem) { th.name, td.name { white-space: normal; min-width: 6.5rem; } th.name:first-child, td.name:first-child { position: sticky; left: 0; background: var(--paper); } }
@media (min-width: 50rem) { .wide { margin-right: calc(24rem - 49vw); } }
.key { white-space: nowrap; } .key span { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .3em 0 .9em; vertical-align: -.05em; }`;

export function htmlPage(report: Report): string {
  const all = answers(report);
  const { machine, conditions } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>FITS in the cloud: what was measured</title>
<style>${style}</style>
</head>
<body>
<h1>FITS in the cloud: what was measured</h1>
<p>The same pixels as FITS, Zarr, COG, HDF5 and Parquet, read in parts by ten programs over one modeled network. Every number on this page was
measured; after every read the values were hashed, and all readers gave the same.</p>
<p class="note">${escapeHtml(conditionsText(report))}</p>
${conditions.smoke ? '<p class="note warn">A smoke run: tiny files, once. It shows that all readers work and give the same; no number says which is better.</p>' : ""}
${isBusy(report) ? `<p class="note warn">The machine was busy (load ${machine.load.toFixed(1)} on ${machine.cores} cores): requests, trips and bytes hold, seconds are too long, of programs that compute more so.</p>` : ""}
<nav>${all.map(({ id, question }) => `<a href="#${id}">${escapeHtml(question)}</a>`).join("")}<a href="#tables">All tables</a></nav>
${all.map((answer) => section(answer, report.studies)).join("\n")}
<h2 id="tables">All tables</h2>
${report.studies.map(details).join("\n")}
<p class="note">Again: <code>npm run report</code>${conditions.smoke ? " (this is a smoke run)" : ""}. Raw numbers: results.json. Node ${escapeHtml(machine.node)}, ${escapeHtml(machine.cpu)}, ${machine.date}.</p>
</body>
</html>
`;
}

function section({ id, question, sentences }: Answered, studies: readonly Studied[]): string {
  const list = sentences.map((sentence) => `<li>${escapeHtml(sentence)}</li>`).join("\n");
  return `<h2 id="${id}">${escapeHtml(question)}</h2>\n<ul>${list}</ul>\n${figures(id, studies)}`;
}

const key = (
  [
    ["ours", "fitslice"],
    ["theirs", "others"],
    ["bound", "physical bound"],
  ] as const
)
  .map(([color, word]) => `<span class="key"><span style="background:var(--${color})"></span>${word}</span>`)
  .join(" ");

function figures(id: string, studies: readonly Studied[]): string {
  const named = (name: string): Studied | undefined => studies.find(({ subject }) => subject.name === name);
  const [image, cube, table] = [named("image"), named("cube"), named("table")];
  const barsOf = (study: Studied | undefined, pattern: string): string => {
    const title = study?.subject.patterns.find(({ name }) => name === pattern)?.title;
    return study && title
      ? figure(`Seconds: ${title} of ${study.subject.title} ${key}`, bars(study, pattern))
      : "";
  };
  switch (id) {
    case "load":
      return image
        ? figure(
            "Seconds by number of cutouts, FITS in square RICE tiles, by fitslice",
            crossoverPlot(crossovers(image).filter(({ copy }) => copy === "fits rice-squares")),
          )
        : "";
    case "tools":
      return barsOf(image, "20 x 200");
    case "improve":
      return image ? figure("Size on disk", sizeBars(image)) : "";
    case "change":
      return barsOf(table, "one column") + barsOf(cube, "spectrum");
    default:
      return "";
  }
}

function figure(caption: string, svg: string): string {
  return svg === "" ? "" : `<figure><figcaption>${caption}</figcaption>${svg}</figure>`;
}

function details(study: Studied): string {
  const { subject, family } = study;
  const about = family
    ? `<p class="note">${escapeHtml(`${family.scaled}; ${subject.shape.join(" x ")}`)}.</p>`
    : "";
  const tables = [secondsTable, trafficTable, boundTable, settingTable].map((make) => htmlTable(make(study)));
  return `<details><summary>${escapeHtml(family ? family.title : subject.title)}</summary>${about}${tables.join("")}</details>`;
}

function htmlTable({ title, head, rows }: Table): string {
  const isName = (i: number): string => (head[i] === "copy" || head[i] === "reader" ? ' class="name"' : "");
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell, i) => `<${tag}${isName(i)}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table><caption class="note">${escapeHtml(title)}</caption>${cells("th", head)}${rows.map((row) => cells("td", row)).join("")}</table></div>`;
}

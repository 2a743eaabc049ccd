/** The report as docs/report.md. */
import { answers } from "./answers.js";
import { conditionsText, isBusy } from "./conditions.js";
import type { Report, Studied } from "./results.js";
import { markdownTable, secondsTable, settingTable, sizeTable, trafficTable } from "./tables.js";

export function markdownReport(report: Report): string {
  const { machine } = report;
  const asked = answers(report).map(
    ({ question, sentences }) => `## ${question}\n\n${sentences.map((s) => `- ${s}`).join("\n")}`,
  );
  const busy = isBusy(report)
    ? `\nThe machine was busy in this run (load ${machine.load.toFixed(1)} on ${machine.cores} cores): requests, trips and bytes hold, but seconds are too\nlong, most of all of programs that compute much. Make it again on a quiet machine before seconds are quoted.\n`
    : "";
  return `# Evidence: FITS beside Zarr, COG, HDF5 and Parquet

<!-- Written by \`npm run report -- --docs\`. -->

\`\`\`sh
npm run report                            # everything: out/report/index.html, report.md, plots, results.json
npm run report -- --part image --runs 5   # one part (image, cube, table, families, directory); the others stay
npm run report -- --again                 # the pages once more, from results.json
npm run report -- --smoke                 # tiny files, once: proves that all readers read the same
\`\`\`

The same values lie in each format and are read by each program; after every read they are hashed (SHA-256, little-endian, C order), and
the report fails where two differ. ${conditionsText(report)} Every reader has its
best setting, named below; Node starts anew for each read. Node ${machine.node}, ${machine.cores} cores (${machine.cpu}), ${machine.date}.
${busy}
${asked.join("\n\n")}

## Limits

- One server, one latency: no TLS, no HTTP/2, no throttling. Opening a connection costs nothing here.
- Readers are those of Debian 12 and of npm: astropy 5.2, fitsio, zarr-python 2.13, h5py 3.7, GDAL 3.6; zarrita, geotiff.js, h5wasm,
  hyparquet. Newer ones may be better. Node opens as many connections as zarrita asks for; a browser opens six.
- h5wasm runs in a worker of Chromium and reads by Emscripten's lazy file: blocks of 1 MiB, one after another.
- A thousand cutouts of 2000 x 2000 are not measured: they are many times the image.
- The bound takes two trips for values; a format whose chunks need an index of their own cannot reach it.

${report.studies.map(tables).join("\n\n")}
`;
}

function tables(study: Studied): string {
  const { subject, family } = study;
  const title = family ? `Family: ${family.title}` : `Measured: ${subject.title}`;
  const about = family
    ? `Shape of the image: ${subject.shape.join(" x ")} (${family.scaled}).\n\n`
    : `${markdownTable(sizeTable(study))}\n\n`;
  const parts = [secondsTable, trafficTable, ...(family ? [] : [settingTable])].map((make) => {
    const table = make(study);
    return `${table.title}:\n\n${markdownTable(table)}`;
  });
  return `## ${title}\n\n${about}${parts.join("\n\n")}`;
}

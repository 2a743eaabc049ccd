/**
 * The demo's report as a page, and as the documentation's tutorial.
 */
import type { ProfileSummary } from "fitslice";
import { drawingStyles, escapeHtml, fileMap, kilobytes, megabytes, waterfall } from "./drawings.js";
import { expectedLayout } from "./hubble-file.js";

export interface ReportStep {
  readonly name: string;
  readonly title: string;
  /** The lines of code of the step. */
  readonly code: string;
  /** What these lines printed. */
  readonly text: string;
  readonly seconds: number;
  readonly profile: ProfileSummary;
  readonly png?: Uint8Array;
  /** A picture with axes. */
  readonly svg?: string;
  /** A FITS file. */
  readonly fits?: Uint8Array;
}

export interface Conditions {
  readonly latency: number;
  readonly throughput: number;
}

interface All {
  readonly bytes: number;
  readonly seconds: number;
}

export function htmlReport(steps: readonly ReportStep[], all: All, conditions: Conditions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fitslice: cutouts of a Hubble image</title>
<style>
  :root { color-scheme: light dark; --paper: light-dark(#fff, #121212); --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 65%, transparent); }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; background: var(--paper); }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; overflow-wrap: anywhere; }
  pre { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: 6px; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
  pre.out { border-left: 4px solid #2a78d6; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
  td { white-space: nowrap; } td:first-child { white-space: normal; overflow-wrap: anywhere; }
  th:first-child, td:first-child { text-align: left; }
  img { image-rendering: pixelated; width: min(500px, 100%); border-radius: 6px; }
  .note { color: var(--soft); font-size: .9rem; }
  .sky svg { width: min(640px, 100%); height: auto; border-radius: 6px; }
  @media (max-width: 40rem) {
    table { font-size: .8rem; } tr { display: grid; grid-template-columns: repeat(5, 1fr); border-bottom: 1px solid var(--line); }
    th, td { border: 0; padding: .15rem .1rem; } th:first-child, td:first-child { grid-column: 1 / -1; font-size: .9rem; }
  }
${drawingStyles}
</style>
</head>
<body>
<h1>Cutouts of a Hubble image in a bucket</h1>
<p>${escapeHtml(introduction(all, conditions))}</p>
${summaryTable(steps, all)}
<h2>Which bytes moved</h2>
${fileMap(expectedLayout, all.bytes, steps)}
${steps.map(htmlStep).join("\n")}
</body>
</html>
`;
}

function introduction(all: All, { latency, throughput }: Conditions): string {
  return (
    `The file has ${megabytes(all.bytes)}: a primary header of 838 cards, three images of 4421 x 4223 pixels and a table. ` +
    "The layout of the file is that of a real drizzled image, byte for byte; the pixels are made up. " +
    `An S3-compatible server holds the file. The server takes ${latency} ms for a request and sends ${throughput} MB/s on a connection. ` +
    `A download of the whole file over one connection took ${all.seconds.toFixed(2)} s.`
  );
}

function summaryTable(steps: readonly ReportStep[], all: All): string {
  const rows = steps.map(
    ({ title, profile, seconds }, i) =>
      `<tr><td>${i + 1}. ${escapeHtml(title)}</td><td>${profile.requests}</td><td>${profile.roundTrips}</td><td>${kilobytes(profile.bytes)}</td><td>${((100 * profile.bytes) / all.bytes).toFixed(2)} %</td><td>${seconds.toFixed(2)}</td></tr>`,
  );
  return `<table>
<thead><tr><th>Step</th><th>Requests</th><th>Round trips</th><th>Moved</th><th>Of the file</th><th>Seconds</th></tr></thead>
<tbody>
${rows.join("\n")}
<tr><td>Download the whole file</td><td>1</td><td>1</td><td>${kilobytes(all.bytes)}</td><td>100 %</td><td>${all.seconds.toFixed(2)}</td></tr>
</tbody>
</table>`;
}

function htmlStep(step: ReportStep, i: number): string {
  const picture = step.png
    ? `<p><img alt="the cutout, from 0 to 0.1" src="data:image/png;base64,${Buffer.from(step.png).toString("base64")}"></p>`
    : "";
  const sky = step.svg
    ? `<div class="sky" role="img" aria-label="the galaxy with a grid of the sky">${step.svg}</div>`
    : "";
  return `<section>
<h2>${i + 1}. ${escapeHtml(step.title)}</h2>
<pre>${escapeHtml(step.code)}</pre>
<pre class="out">${escapeHtml(step.text)}</pre>
${picture}${sky}
${step.profile.events.length > 0 ? waterfall(step.profile) : ""}
<p class="note">${escapeHtml(movedText(step))}</p>
</section>`;
}

function movedText({ profile, seconds }: ReportStep): string {
  if (profile.requests === 0) return "Nothing moved.";
  const { requests, roundTrips, bytes, usedBytes } = profile;
  return `${requests} request${requests === 1 ? "" : "s"} in ${roundTrips} round trip${roundTrips === 1 ? "" : "s"}: ${kilobytes(bytes)} moved, ${kilobytes(usedBytes)} asked for, ${seconds.toFixed(2)} s.`;
}

/** What the tutorial's code needs before the first step. */
const beginning = `import { createProfile, open } from "fitslice";
import { cutout } from "fitslice/cutout";
import { encodePng, render } from "fitslice/picture";
import { imagePlot } from "fitslice/plot";
import { readWcs } from "fitslice/wcs";
import { fitsBytes } from "fitslice/write";

const url = "s3://hst/hubble-like.fits"; // or "demo/out/hubble-like.fits", on the disk
const options = {
  s3: {
    endpoint: "https://s3.example",
    region: "us-east-1",
    credentials: { accessKeyId: "demo-key", secretAccessKey: "demo-secret-that-only-the-demo-knows" },
  },
};
const profile = createProfile(); // counts the requests of the reads that get the profile
`;

const ending = `console.log(profile.summary().requests, "requests");
await fits.close();
`;

/** Pixels of the cutout and of a row of the image, in bytes. */
const [cutoutRows, cutoutRow, imageRow] = [350, 1000, 16_892];

/** Why each step moves what it moves. */
const notes: Readonly<Record<string, (step: ReportStep) => string>> = {
  open: () =>
    "`open` reads the first 128 KiB of the file. The answer also tells the size of the file. The primary header (69,120 " +
    "bytes) and the header of SCI lie in these 128 KiB.",
  list: () =>
    "Each header tells how long its data are, and so where the next header lies. Read one after the other, the headers of " +
    "WHT, CTX and HDRTAB would take three round trips. fitslice reads all of them in one. The place of the header of WHT is " +
    "known. The places of the others are guessed: WHT is probably as long as SCI, and the last header probably lies in the last " +
    "128 KiB of the file. The headers themselves confirm each place, so a wrong guess costs bytes and nothing else. The length " +
    "of a header is unknown until the header is read; so the requests also bring bytes around the headers.\n\n" +
    "The shape of a table is rows x bytes of a row: HDRTAB has 8 rows of 2918 bytes. (`fitslice info` shows rows x columns.)",
  header: () =>
    "fitslice keeps the headers that came with the list, so the header of HDU 4 needs no request.",
  explain: () =>
    `The cutout has ${cutoutRows} rows of 250 pixels, and a pixel has 4 bytes: ${cutoutRows} ranges of ${cutoutRow} bytes. A row of the ` +
    `image has 16,892 bytes, so a gap of 15,892 bytes lies between two ranges. The second line shows the plan that fitslice runs, the third ` +
    "line the plan that reads no gap. The third plan moves the fewest bytes, but only 32 requests run at once: 350 requests wait " +
    "for the latency 11 times. To read a gap takes 0.3 ms of a connection, much less than the latency of a request. So fitslice " +
    "reads through the gaps. A single request would bring 5.90 MB over one connection. So fitslice also cuts the span into several " +
    "requests, which run side by side. Each cut lies in a gap, and this gap is not read.",
  cutout: ({ profile: { requests, bytes } }) => {
    const span = (cutoutRows - 1) * imageRow + cutoutRow;
    const skipped = (requests - 1) * (imageRow - cutoutRow);
    const sum =
      span - skipped === bytes
        ? ` From the first pixel to the last pixel there are ${span} bytes. ${requests} requests leave out ${requests - 1} gaps of ` +
          `${imageRow - cutoutRow} bytes, so ${bytes} bytes move.`
        : "";
    return (
      `The pixels are ${kilobytes(cutoutRows * cutoutRow)}. ${kilobytes(bytes)} moved, as step 4 predicted: the rest is gaps.${sum} ` +
      'Where bytes cost more than time, `optimize: "bytes"` (in the shell `--optimize bytes`) reads the pixels alone.'
    );
  },
  sky: ({ profile: { requests, roundTrips } }) =>
    `This step opens the file anew, with nothing kept. A cutout by position takes ${requests} requests in ${roundTrips} round trips. The first ` +
    "round trip brings the first 128 KiB, with the header of SCI and its world coordinates. The second brings the pixels. The new file " +
    "has the header of SCI, with coordinates that fit the cutout, so that astropy, ds9 and cfitsio find the galaxy where it was. In the shell:\n\n" +
    "```sh\n" +
    "fitslice cutout demo/out/hubble-like.fits --hdu SCI --at '10h01m41.13s +02d25m20.58s' --size 5arcsec -o galaxy.fits\n" +
    "fitslice plot galaxy.fits --axes sky --grid --compass --scale-bar --stretch asinh --colormap inferno -o galaxy.svg\n" +
    "```",
};

/** The tutorial: the same steps, as Markdown. */
export function markdownTutorial(steps: readonly ReportStep[], all: All, conditions: Conditions): string {
  const sections = steps.map((step, i) => {
    const picture = step.png
      ? "\n![the cutout, from 0 to 0.1](images/cutout.png)\n"
      : step.svg
        ? "\n![the galaxy with a grid of the sky](images/galaxy.svg)\n"
        : "";
    const why = notes[step.name]?.(step) ?? "";
    return `## ${i + 1}. ${step.title}\n\n\`\`\`js\n${step.code}\n\`\`\`\n\n\`\`\`text\n${step.text}\n\`\`\`\n${picture}\n${movedText(step)}\n\n${why}\n`;
  });
  const rows = steps.map(
    ({ title, profile, seconds }) =>
      `| ${title} | ${profile.requests} | ${profile.roundTrips} | ${kilobytes(profile.bytes)} | ${seconds.toFixed(2)} |`,
  );
  return `# Tutorial: cutouts of a Hubble image in a bucket

<!-- Written by \`npm run demo -- --docs\`: every output below was produced by running the code above it. -->

${introduction(all, conditions)} \`npm run demo\` runs this tutorial on your machine.

| Step | Requests | Round trips | Moved | Seconds |
| --- | ---: | ---: | ---: | ---: |
${rows.join("\n")}
| Download the whole file | 1 | 1 | ${kilobytes(all.bytes)} | ${all.seconds.toFixed(2)} |

"Moved" are the bytes of all answers. "Asked for" are the bytes that the reads need. The difference is gaps between these bytes, and bytes read
ahead.

The blocks of code are one program. To run the program, clone the repository, run \`npm run demo\`, and set \`url\` to
\`demo/out/hubble-like.fits\`, the file that the demo leaves on the disk. A file on a disk needs no options of S3.

\`\`\`js
${beginning}\`\`\`

${sections.join("\n")}
## The end

\`\`\`js
${ending}\`\`\`
`;
}

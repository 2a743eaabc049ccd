/** `explain`: what reading a section would fetch, and at what price, before it is read. */
import type { Command } from "commander";
import { type Explanation, together } from "fitslice";
import { repeated, withSharedOptions } from "../options.js";
import { alignColumns, byteText, printable, toJson, write } from "../output.js";
import { chooseImage, chooseSections, type SelectionOptions } from "../selection.js";
import { withFits } from "../session.js";

export function explainCommand(program: Command): void {
  const command = program
    .command("explain")
    .summary("the plan of a read, before it is read")
    .description(
      "Show the requests that reading a section would send, its bytes and the seconds expected. Headers are read, data are not.",
    )
    .argument("<src>", "URL, s3://bucket/key or path, perhaps with [EXT][x1:x2,y1:y2] behind it")
    .option("--hdu <which>", "index, NAME or NAME,VER (default: the first with pixels)")
    .option("-s, --section <y0:y1,x0:x1>", "as numpy writes it (may be repeated: read together)", repeated)
    .option("--fits-section <[x1:x2,y1:y2]>", "as FITS writes it (may be repeated)", repeated)
    .option("--sections <file>", "sections from a file, one a line, in either form")
    .option("--json", "as JSON");
  withSharedOptions(command).action(async (src: string, options: SelectionOptions) => {
    await withFits(src, options, async (session) => {
      const image = await chooseImage(session, options);
      const selections = await chooseSections(session, image, options);
      const wanted = selections.length > 0 ? selections : [undefined];
      const told = session.fits.explain(together(wanted.map((selection) => image.plan(selection))));
      await write(options.json ? `${toJson(told)}\n` : `${lines(told).join("\n")}\n`);
    });
  });
}

const mostListed = 40;

function lines(told: Explanation): string[] {
  const { label, ranges, requests, bytes, usedBytes, heldBytes, seconds, latency, throughput, concurrency } =
    told;
  const listed = requests
    .slice(0, mostListed)
    .map(({ offset, length }) => [`${offset}-${offset + length - 1}`, byteText(length)]);
  const more = requests.length > mostListed ? [`  ... and ${requests.length - mostListed} more`] : [];
  const waste =
    bytes > usedBytes - heldBytes ? `, ${byteText(bytes - (usedBytes - heldBytes))} of it gaps` : "";
  return [
    `${printable(label)}: ${ranges.length} ranges, ${byteText(usedBytes)} wanted${heldBytes > 0 ? `, ${byteText(heldBytes)} held already` : ""}`,
    `${requests.length} requests in 1 round trip, ${byteText(bytes)} to move${waste}`,
    `${seconds.toFixed(3)} s expected, at ${(latency * 1000).toFixed(latency < 0.001 ? 3 : 0)} ms a request, ` +
      `${byteText(throughput)}/s a connection, ${concurrency} in flight`,
    ...alignColumns(listed, [1]).map((line) => `  bytes ${line}`),
    ...more,
  ];
}

/** `view`: a file in the browser, streamed from where it lies. */
import { type Command, Option } from "commander";
import { checkAddress, oneHdu, parseAddress, refuseStdin } from "../address.js";
import { type HduOptions, wholeNumber, withSharedOptions } from "../options.js";
import { hideProgress, write } from "../output.js";
import { listening } from "../serve/listening.js";
import { withProfile } from "../session.js";

interface ViewOptions extends HduOptions {
  port: number;
  open: boolean;
}

export function viewCommand(command: Command): void {
  command
    .description(
      "Show FITS files in the browser. Only the parts that are looked at are read: from a disk, or from S3 and all other " +
        "sources, with your credentials, which stay in this program. An overview (fitslice overview) beside a file is used. Ends at " +
        "Ctrl-C.",
    )
    .argument(
      "<src...>",
      "path, URL or s3://bucket/key, perhaps with [EXT] behind it; several make a list to choose from",
    )
    .option("--hdu <which>", "index, NAME or NAME,VER (default: the first image with pixels)")
    .addOption(
      new Option("--port <n>", "port; 0 takes a free one").argParser(wholeNumber(0, 65535)).default(0),
    )
    .option("--no-open", "print the address, and leave the browser to you")
    .addHelpText(
      "after",
      `
The server listens at 127.0.0.1 only, and answers nobody who does not know the token in the address: whoever has the address, and is
on this machine, can read the files.

Examples:
  $ fitslice view hst.fits
  $ fitslice view 'hst.fits[SCI]' --no-open
  $ fitslice view s3://archive/survey.fits mosaic.fits`,
    );
  withSharedOptions(command, { index: false }).action(async (sources: string[], options: ViewOptions) => {
    const files = sources.map((text) => {
      const address = parseAddress(text);
      refuseStdin(address.source);
      checkAddress(address, "hdu");
      return { source: address.source, hdu: oneHdu(address.hdu, options.hdu) };
    });
    const [{ servedFiles }, { guardOf }, { pageFiles }, { startOf, viewApp }] = await Promise.all([
      import("../view/files.js"),
      import("../view/guard.js"),
      import("../view/page.js"),
      import("../view/app.js"),
    ]);
    hideProgress(true); // a server reads as long as it lives
    await withProfile(options, async (opened) => {
      const page = await pageFiles();
      const served = await servedFiles(files, opened);
      try {
        let answer = (_: Request): Response | Promise<Response> => new Response(null, { status: 503 });
        const server = await listening((request) => answer(request), {
          host: "127.0.0.1",
          port: options.port,
        });
        const guard = guardOf(server.address.port);
        answer = await viewApp({ guard, page, files: served });
        const origin = `http://127.0.0.1:${server.address.port}`;
        await write(`${origin}${startOf(guard, served)}\n`);
        if (options.open)
          await (await import("../view/browser.js")).openBrowser(`${origin}${guard.ticket()}`);
        await server.run("viewing");
      } finally {
        await served.close();
      }
    });
  });
}

/** `serve`: FITS files over HTTP, as Zarr stores. */
import { type Command, Option } from "commander";
import { type Fits, FitsError, open } from "fitslice";
import type { ZarrMount } from "fitslice/zarr";
import { wholeNumber } from "../options.js";
import { tellWarning, write } from "../output.js";
import { listening } from "../serve/listening.js";
import { type OpenFiles, openFiles } from "../serve/open-files.js";
import { ownServerOnly } from "../serve/remote-roots.js";
import { type Found, servedFiles } from "../serve/roots.js";

interface ServeOptions {
  port: number;
  host: string;
  values: "physical" | "raw";
  zarrFormat?: "2" | "3";
  openFiles: number;
}

export function serveCommand(command: Command): void {
  command
    .description(
      "Serve FITS files as Zarr stores, for Dask, Xarray, napari, neuroglancer, viv and all that read Zarr over HTTP: every " +
        "image and every column of numbers is an array, whatever its compression; pixels are decoded when they are asked for. " +
        "The store of the file a/b.fits below ROOT is at /zarr/a/b.fits. Ends at Ctrl-C.",
    )
    .argument(
      "<root...>",
      "folders, single files, or prefixes (s3://bucket/prefix, https://...); nothing outside of them is served",
    )
    .addOption(
      new Option("--port <n>", "port; 0 takes a free one").argParser(wholeNumber(0, 65535)).default(8000),
    )
    .option("--host <address>", "address to listen at; 0.0.0.0 lets other machines in", "127.0.0.1")
    .addOption(
      new Option("--values <kind>", "physical values, or stored ones with CF attributes")
        .choices(["physical", "raw"])
        .default("physical"),
    )
    .addOption(new Option("--zarr-format <n>", "version of the metadata (default: both)").choices(["2", "3"]))
    .addOption(
      new Option("--open-files <n>", "most files kept open").argParser(wholeNumber(1, 100_000)).default(64),
    )
    .addHelpText(
      "after",
      `
Pages of every origin may read what is served (CORS). There is no password: with --host, everybody who reaches this machine
can read every FITS file below ROOT.

Examples:
  $ fitslice serve . --port 8000
  $ fitslice serve s3://archive/visits
  $ fitslice serve hst.fits --values raw --zarr-format 2
  >>> xarray.open_dataset("http://127.0.0.1:8000/zarr/hst.fits", group="SCI", engine="zarr", chunks={})`,
    );
  command.action(async (roots: string[], options: ServeOptions) => {
    const find = await servedFiles(roots);
    const files = openFiles(options.openFiles);
    try {
      await listen(options, async (path) => {
        for await (const found of find(path)) {
          const mount = await mounted(found, files);
          if (mount) return mount;
        }
        return undefined;
      });
    } finally {
      await files.close();
    }
  });
}

/** A file that was found, open; undefined where no file is at an address. What is not found in a file later is an error. */
async function mounted(found: Found, files: OpenFiles): Promise<ZarrMount | undefined> {
  const { path, root, tag, rest: key, name: source } = found;
  if (root === undefined) return { ...(await files.borrow(path, tag, () => open(path))), key, tag, source };
  try {
    const opened = (): Promise<Fits> => open(path, { fetch: ownServerOnly(root) });
    return { ...(await files.borrow(path, tag, opened)), key, source };
  } catch (error) {
    if (error instanceof FitsError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

type Finder = Extract<
  Parameters<typeof import("fitslice/zarr").zarrHandler>[0],
  (...args: never[]) => unknown
>;

/** Serves until the program is interrupted. */
async function listen({ port, host, values, zarrFormat }: ServeOptions, find: Finder): Promise<void> {
  const [{ Hono }, { zarrHandler }] = await Promise.all([import("hono"), import("fitslice/zarr")]);
  const handler = zarrHandler(find, {
    base: "/zarr/",
    values,
    tell: withoutPaths,
    ...(zarrFormat && { zarrFormat: zarrFormat === "2" ? 2 : 3 }),
  });
  const app = new Hono();
  app.all("/zarr/*", (context) => handler(context.req.raw));
  const server = await listening(app.fetch, { host, port });
  const { address, family, port: bound } = server.address;
  const shown = family === "IPv6" ? `[${address}]` : address;
  if (!isLoopback(address))
    tellWarning(`everybody who reaches ${shown} can read what is served: there is no password`);
  await write(`http://${shown}:${bound}/zarr/\n`);
  await server.run("serving");
}

/** Errors without the places of files on this machine, or behind it. */
function withoutPaths({ message, code }: FitsError): string {
  const shown = message.replace(/(?!file:)\b[a-z][a-z0-9+.-]*:\/\/[^\s;"']*[^\s;"':,.)]/gi, "the file");
  return `${code}: ${shown.replace(/(file:\/\/)?(?<![\w.:/])(\/|[A-Za-z]:[\\/])[^\s:;"']+/g, "the file")}`;
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/**
 * What a terminal gets to see, on a pseudo-terminal (util-linux's script): no file, server or argument can steer it.
 * Files and pipes get exact bytes.
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, outcomeOf, program, workFolder } from "./run.js";

const hasScript = spawnSync("script", ["--version"]).status === 0;
/** Clears the screen in seven bits and in eight, rings, deletes, returns, and turns text around. */
const evil = "\u001b[2J\u009b2J\u0007\u007f\u0085\r\u202e";
/** The same without what Latin-1 lacks: as bytes of a file. */
const evilBytes = "\u001b[2J\u009b2J\u0007\u007f\u0085\r";
const name = `evil${evil}.fits`;
let cwd: string;
let server: Server;
let url: string;

beforeAll(async () => {
  cwd = workFolder("cli-terminal");
  writeFileSync(join(cwd, name), evilFile());
  writeFileSync(join(cwd, "t.fits"), await exampleFile());
  server = createServer((request, response) => {
    if (request.url?.startsWith("/text")) return void response.end(`${evilBytes} no FITS`);
    if (request.url?.startsWith("/moved"))
      return void response.writeHead(302, { location: `http://${url}/\u009b2J%1b[2J` }).end();
    response.writeHead(404, `no ${"\u009b"}2J`).end(evilBytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

const card = (text: string): string => text.padEnd(80).slice(0, 80);
const header = (...cards: string[]): string => {
  const text = [...cards, "END"].map(card).join("");
  return text.padEnd(Math.ceil(text.length / 2880) * 2880);
};
const cell = `A${evilBytes}`.padEnd(20);

/** A primary HDU and a table of one text column, with hostile text wherever there is text. */
function evilFile(): Buffer {
  const primary = header(
    "SIMPLE  =                    T",
    "BITPIX  =                    8",
    "NAXIS   =                    0",
    `OBJECT  = 'o${evilBytes}'`,
    `COMMENT c${evilBytes}`,
  );
  const table = header(
    "XTENSION= 'BINTABLE'",
    "BITPIX  =                    8",
    "NAXIS   =                    2",
    "NAXIS1  =                   20",
    "NAXIS2  =                    2",
    "PCOUNT  =                    0",
    "GCOUNT  =                    1",
    "TFIELDS =                    1",
    "TFORM1  = '20A'",
    `TTYPE1  = 'n${evilBytes}'`,
    `TUNIT1  = 'u${evilBytes}'`,
    `EXTNAME = 'x${evilBytes}'`,
  );
  return Buffer.from(primary + table + `${cell}${cell}`.padEnd(2880, "\0"), "latin1");
}

/** Runs `fitslice` on a terminal; answers with what the terminal gets, its line ends as they were written. */
async function onTerminal(args: readonly string[]): Promise<string> {
  const quoted = [process.execPath, program, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`);
  const child = spawn("script", ["-qec", quoted.join(" "), "/dev/null"], {
    cwd,
    env: { PATH: process.env["PATH"], NO_COLOR: "1", TERM: "dumb" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return (await outcomeOf(child)).text.replaceAll("\r\n", "\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe.skipIf(!hasScript)("a terminal is steered by nothing that comes from elsewhere", () => {
  test.each<[what: string, args: string[]]>([
    ["a listing", ["info", name]],
    ["a listing as JSON", ["info", name, "--json"]],
    ["a layout", ["layout", name]],
    ["a layout as JSON", ["layout", name, "--json"]],
    ["a header", ["header", name]],
    ["a header as JSON", ["header", name, "--json"]],
    ["the value of a keyword", ["header", name, "-k", "OBJECT"]],
    ["rows as text", ["table", name]],
    ["rows as JSON", ["table", name, "--json"]],
    ["rows as CSV", ["table", name, "--format", "csv"]],
    ["rows as CSV by -o -", ["table", name, "--format", "csv", "-o", "-"]],
    ["rows as CSV by -o /dev/tty", ["table", name, "--format", "csv", "-o", "/dev/tty"]],
    ["rows as NDJSON", ["table", name, "--format", "ndjson"]],
    ["a description", ["table", name, "--describe"]],
    ["a description as JSON", ["table", name, "--describe", "--json"]],
    ["a plan", ["explain", name, "--hdu", "1"]],
    ["a plan as JSON", ["explain", name, "--hdu", "1", "--json"]],
    ["a profile", ["table", name, "--profile"]],
    ["a profile on stdout", ["info", name, "--profile-json", "-"]],
    ["a HAR on stdout", ["info", name, "--har", "-"]],
    ["the name of an output", ["index", name, "-o", `${name}.fidx`]],
    ["the name of an output as JSON", ["index", name, "-o", `${name}.fidx`, "--json"]],
    ["the name of a copy", ["compress", name, "-o", `${name}.fz`]],
    ["the name of a download", ["download", name, "-o", `copy-${name}`]],
    ["a download that is refused", ["download", name, "-o", name]],
    ["a file that is not there", ["info", `no-${name}`]],
    ["a folder that is not there", ["index", name, "-o", `no-${name}/x`]],
    ["an option", ["info", name, `--${evil}`]],
    ["the value of an option", ["info", name, "--retries", evil]],
    ["a command", [`info${evil}`]],
    ["a command asked for by help", ["help", `info${evil}`]],
    ["an HDU", ["header", name, "--hdu", evil]],
    ["a keyword", ["header", name, "-k", evil]],
    ["a column", ["table", name, "--columns", evil]],
    ["a condition", ["table", name, "--where", `"${evil}" == 1`]],
    ["a section", ["section", name, "-s", evil]],
    ["a scheme", ["info", `x${evil}://h/a`]],
    ["an address", ["info", `http://URL/${evil}`, "--retries", "0"]],
    ["an answer that is no FITS", ["info", "http://URL/text", "--retries", "0"]],
    ["a redirect", ["info", "http://URL/moved", "--retries", "0", "--profile"]],
    ["a header for HTTP", ["info", "http://URL/text", "--header", `A: ${evil}`]],
  ])("%s", async (_, args) => {
    const text = await onTerminal(args.map((arg) => arg.replace("URL", url)));
    expect(text).not.toBe("");
    expect(text).not.toMatch(steering);
  });

  test("JSON on a terminal is the JSON that a file gets", async () => {
    const shown = await onTerminal(["table", name, "--json"]);
    const { json } = await fitslice(["table", name, "--json"], { cwd });
    expect(JSON.parse(shown)).toEqual(json());
  });

  test("data that are no text are refused", async () => {
    for (const args of [
      ["table", "t.fits", "--format", "arrow"],
      ["table", "t.fits", "--format", "fits", "-o", "-"],
      ["index", "t.fits", "-o", "-"],
      ["download", "t.fits", "-o", "-"],
      ["compress", "t.fits", "-o", "-"],
    ])
      expect(await onTerminal(args)).toMatch(
        /^fitslice: (arrow|fits|an index|a FITS file) is no text for a terminal; name a file with -o\n$/,
      );
  });
});

describe("files and pipes get exact bytes", () => {
  const value = cell.replace(/ +$/, "");
  test("CSV and JSON", async () => {
    const csv = await fitslice(["table", name, "--format", "csv"], { cwd });
    expect(csv.text).toBe(`n${evilBytes.trimEnd()}\r\n"${value}"\r\n"${value}"\r\n`);
    const { json } = await fitslice(["table", name, "--json"], { cwd });
    expect(json()).toMatchObject({ columns: [{ values: [value, value] }] });
    await fitslice(["table", name, "-o", "x.csv"], { cwd });
    expect(readFileSync(join(cwd, "x.csv")).equals(csv.stdout)).toBe(true);
  });
  test("whole files on stdout, by every command", async () => {
    const content = readFileSync(join(cwd, "t.fits"));
    const piped = async (...args: string[]): Promise<Buffer> => {
      const { code, stdout, stderr } = await fitslice([...args, "-o", "-"], { cwd });
      expect([code, stderr.split("\n").length <= 2]).toEqual([0, true]);
      return stdout;
    };
    const written = async (...args: string[]): Promise<Buffer> => {
      expect((await fitslice([...args, "-o", "same", "--force"], { cwd })).code).toBe(0);
      return readFileSync(join(cwd, "same"));
    };
    expect((await piped("download", "t.fits")).equals(content)).toBe(true);
    for (const args of [
      ["index", "t.fits"],
      ["compress", "t.fits", "--checksum"],
      ["uncompress", "t.fits"],
      ["table", "t.fits", "--format", "fits", "--checksum"],
      ["table", "t.fits", "--format", "parquet"],
    ]) {
      const undated = (bytes: Buffer): string =>
        bytes.toString("latin1").replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, "DATE");
      const [one, two] = [undated(await piped(...args)), undated(await written(...args))];
      if (args.includes("--checksum")) expect(one.length).toBe(two.length);
      else expect(one).toBe(two);
    }
  });
});

/**
 * Odd files and servers on the command line.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { headerText, image, virtualFile } from "../hdu/virtual.js";
import { noise } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
beforeAll(() => {
  cwd = workFolder("cli-odd");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

async function serving<T>(server: Server, work: (url: string) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("an object is downloaded whole from a server that tells its size only beyond its end", async () => {
  const content = noise(3_000_000);
  const server = createServer((request, response) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "")!.map(Number) as number[];
    const part = content.subarray(from!, to! + 1);
    if (part.length === 0) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
      return;
    }
    response.writeHead(206, {
      "content-range": `bytes ${from}-${from! + part.length - 1}/*`,
      "content-length": part.length,
    });
    response.end(part);
  });
  await serving(server, async (host) => {
    const { code } = await fitslice(["download", `http://${host}/a`, "-o", "whole.bin"], { cwd });
    expect(code).toBe(0);
  });
  expect(Buffer.compare(readFileSync(join(cwd, "whole.bin")), content)).toBe(0);
});

test("no password is shown of addresses that are written oddly", async () => {
  const server = createServer((_, response) => {
    response.writeHead(206, { "content-range": "bytes 0-3/4", "content-length": 4 }).end("PNG!");
  });
  await serving(server, async (host) => {
    for (const address of [
      `http://u:pa@HUSH@${host}/x`,
      `http:u:HUSH@${host}/x`,
      `http:/u:HUSH@${host}/x?token=HUSH`,
    ]) {
      const { code, stderr } = await fitslice(["info", address], { cwd });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^fitslice: http:.*the file begins with/)]);
      expect(stderr).not.toContain("HUSH");
    }
  });
});

test("a section that cannot be read is told in the words of the command line", async () => {
  const file = virtualFile([image(undefined, 8, [30, 20], 2880)]);
  writeFileSync(join(cwd, "plain.fits"), file.read({ offset: 0, length: file.size }));
  const { code, stderr } = await fitslice(["section", "plain.fits", "-s", "1:2:3:4"], { cwd });
  expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot read "1:2:3:4".*--fits-section/)]);
  expect(stderr).not.toContain("parseFitsSection");
});

test("compress and index write to standard output for -o -", async () => {
  writeFileSync(
    join(cwd, "a.fits"),
    await fitsBytes([imageHdu({ data: { data: new Int16Array(600), shape: [20, 30], stride: [30, 1] } })]),
  );
  for (const command of ["compress", "index"]) {
    expect((await fitslice([command, "a.fits", "-o", `${command}.file`], { cwd })).code).toBe(0);
    const { code, stdout } = await fitslice([command, "a.fits", "-o", "-"], { cwd });
    expect(code).toBe(0);
    expect(Buffer.compare(stdout, readFileSync(join(cwd, `${command}.file`)))).toBe(0);
  }
});

test("one keyword that makes no sense does not keep the others from being listed", async () => {
  const odd = image("ODD", 16, [3], 2880);
  odd.cards["BSCALE"] = "abc";
  const tableless = {
    XTENSION: "BINTABLE",
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: 4,
    NAXIS2: 0,
    PCOUNT: 0,
    GCOUNT: 1,
    TFIELDS: "x",
  };
  const file = virtualFile([
    image(undefined, 8, [], 2880),
    odd,
    { cards: tableless, headerSize: 2880, dataSize: 0 },
    image("GOOD", 16, [3], 2880),
  ]);
  writeFileSync(join(cwd, "odd.fits"), file.read({ offset: 0, length: file.size }));
  const { code, text } = await fitslice(["info", "odd.fits"], { cwd });
  expect(code).toBe(0);
  expect(text).toMatch(/ODD[\s\S]*GOOD/);
});

test("of a card that is none the card is printed, and errors say all on one line", async () => {
  const header = headerText({ SIMPLE: true, BITPIX: 8, NAXIS: 0 }, 2880);
  const bad = "BADV    = abc def / the comment".padEnd(80);
  const cut = headerText({ ...image("X", 8, [1_000_000], 2880).cards, EXTNAME: "A\nB" }, 2880);
  writeFileSync(
    join(cwd, "bad.fits"),
    header.slice(0, 240) + bad + "END".padEnd(2560) + cut + "\0".repeat(2880),
  );
  const shown = await fitslice(["header", "bad.fits", "-k", "BADV"], { cwd });
  expect([shown.code, shown.text]).toEqual([0, `${bad.trimEnd()}\n`]);
  const { code, stderr } = await fitslice(["section", "bad.fits", "--hdu", "1"], { cwd });
  expect([code, stderr.trimEnd().split("\n").length]).toEqual([1, 1]);
  expect(stderr).toMatch(/HDU 1 \(A\?B\).*ends at byte/);
});

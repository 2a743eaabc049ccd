import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveSource } from "../../src/source/resolve.js";
import { noise } from "../servers/content.js";
import { clients, data, testServers } from "./http-source.js";

const { serve } = testServers();
const range = { offset: 10, length: 20 };

describe.each(clients)("addresses as people paste them, over %s", (_, client) => {
  it.each([
    ["a space", "/night 1/a b.fits", "/night 1/a b.fits"],
    ["an encoded space", "/night%201/a%20b.fits", "/night 1/a b.fits"],
    ["a plus, which is a plus", "/M+31.fits", "/M+31.fits"],
    ["an encoded plus", "/M%2B31.fits", "/M+31.fits"],
    ["an encoded number sign", "/a%231.fits", "/a#1.fits"],
    ["a fragment, which is not sent", "/a.fits#SCI", "/a.fits"],
    ["an encoded percent sign", "/100%25.fits", "/100%.fits"],
    ["other letters", "/Ångström/é.fits", "/Ångström/é.fits"],
    ["other letters, encoded", "/%C3%85.fits", "/Å.fits"],
    ["a query with a space and a plus", "/a.fits?name=M 31&x=1+2", "/a.fits"],
    ["an encoded query", "/a.fits?uri=a%2Fb%20c%26d", "/a.fits"],
    ["brackets, quotes and commas", "/a[1],'b'(c).fits", "/a[1],'b'(c).fits"],
  ])("hold %s", async (_, pasted, path) => {
    const asked: (string | undefined)[] = [];
    const { url } = await serve({
      files: { [path]: data },
      route: (request, path) => {
        asked.push(request.url);
        return { path };
      },
    });
    const source = await resolveSource(url + pasted, client);
    expect(await source.getRange(range)).toEqual(data.slice(10, 30));
    expect(asked).toEqual([new URL(url + pasted.replace(/#.*/, "")).href.slice(url.length)]);
  });

  it("with spaces around them are what lies between", async () => {
    const { url } = await serve();
    const source = await resolveSource(new URL(` ${url}/a.fits\n`), client);
    expect(await source.getRange(range)).toEqual(data.slice(10, 30));
  });
});

describe("names of local files", () => {
  it.each(["a b.fits", "M+31.fits", "a#1.fits", "100%.fits", "a%20b.fits", "é?x=1.fits", "a:b.fits"])(
    "%s is that file, as a path and as a file: URL",
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), "fitslice-names-"));
      try {
        const bytes = noise(100);
        writeFileSync(join(folder, name), bytes);
        const url = `file://${folder}/${encodeURIComponent(name)}`;
        for (const input of [join(folder, name), url, new URL(url)]) {
          const source = await resolveSource(input);
          expect(new Uint8Array(await source.getRange(range))).toEqual(bytes.slice(10, 30));
          await source.close?.();
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

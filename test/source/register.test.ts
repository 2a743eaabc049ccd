/** Kinds of address that users add. */
import { describe, expect, it } from "vitest";
import { httpSource, open, registerSource, resolveSource } from "../../src/index.js";
import { exampleFile } from "../fixtures/example.js";
import { data, testServers } from "./http-source.js";

const { serve } = testServers();

describe("registerSource", () => {
  it("has a factory make the sources of a scheme, and hands it the address and all options", async () => {
    const file = await exampleFile();
    const seen: unknown[] = [];
    registerSource("shelf", (address, options) => {
      seen.push(address, options);
      return {
        href: String(address),
        getRange: async ({ offset, length }) => file.slice(offset, offset + length),
      };
    });
    const options = { timeout: 500, shelf: { room: 3 } };
    for (const address of [
      "shelf://a/b.fits",
      "shelf:b.fits",
      "SHELF://a/b.fits",
      new URL("shelf://a/b.fits"),
    ]) {
      const fits = await open(address, options);
      expect((await fits.image("SCI")).shape.length).toBe(2);
      expect(seen.splice(0)).toEqual([address, expect.objectContaining(options)]);
    }
  });

  it("takes fitslice's own sources as they are, and a promise", async () => {
    const { url } = await serve();
    registerSource("own", async (address) => httpSource(String(address).replace("own:/", url)));
    const source = await resolveSource("own://a.fits");
    expect(source.href).toBe(`${url}/a.fits`);
    expect(await source.getRange({ offset: 5, length: 9 })).toEqual(data.slice(5, 14));
  });

  it("takes the place of a store that fitslice brings along", async () => {
    const { factories } = await import("../../src/source/schemes.js");
    registerSource("s3", () => ({ getRange: async () => new Uint8Array(1) }));
    expect(await (await resolveSource("s3://a/b")).getRange({ offset: 0, length: 1 })).toEqual(
      new Uint8Array(1),
    );
    factories.delete("s3");
  });

  it("is as careful with what a factory gives as with any object of a user's", async () => {
    registerSource("nothing", () => 5 as never);
    await expect(open("nothing://a")).rejects.toMatchObject({
      code: "BAD_SOURCE",
      message: expect.stringMatching(/not a source/),
    });
    registerSource("broken", () => {
      throw new Error("no such shelf");
    });
    await expect(open("broken://a")).rejects.toThrow("no such shelf");
  });

  it("refuses names that no scheme has, and factories that are no function", () => {
    for (const name of ["", "x", "A3", "a:", "a b", "3d", 5 as never])
      expect(() => registerSource(name, () => new Uint8Array(1) as never)).toThrow(/name in lower case/);
    expect(() => registerSource("ok", {} as never)).toThrow(/must be a function/);
  });
});

describe("schemes", () => {
  it("leaves out what is not listed, own kinds as well", async () => {
    registerSource("mine", () => ({ getRange: async () => new Uint8Array(1) }));
    const refused = {
      code: "BAD_SOURCE",
      message: expect.stringContaining("not an address of an allowed kind"),
    };
    for (const address of [
      "mine://a",
      "mine:a",
      "s3://a/b",
      "gs://a/b",
      "/etc/passwd",
      "file:///etc/passwd",
      "data:,x",
    ])
      await expect(resolveSource(address, { schemes: ["https"] })).rejects.toMatchObject(refused);
    expect(await resolveSource("mine://a", { schemes: ["mine"] })).toBeDefined();
  });

  it("that nobody knows are BAD_SOURCE, those of an object's own members, too", async () => {
    for (const name of ["constructor", "toString", "gopher"]) {
      await expect(resolveSource(`${name}://a/b`)).rejects.toMatchObject({
        code: "BAD_SOURCE",
        message: expect.stringContaining(`"${name.toLowerCase()}:" is not known; give an http:`),
      });
    }
  });
});

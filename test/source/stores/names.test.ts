/** Names of files with characters that addresses give a meaning to, through every store. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolveSource } from "../../../src/index.js";
import { noise } from "../../servers/content.js";
import { everyStore, type StorePlace } from "./every-store.js";
import { withoutSettings } from "./settings.js";

const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";
/** Each its own bytes: a name taken for another one is seen. */
const names = [
  "a b.fits",
  "a%20b.fits",
  "a+b.fits",
  "a%2Bb.fits",
  "a#b.fits",
  "a%23b.fits",
  "100%.fits",
  "\u00e4\u65e5.fits",
];
const files = Object.fromEntries(names.map((name, i) => [name, noise(1000, i + 1)]));
/** Strings of these are URLs, percent-encoded; those of all others hold the name as it stands. */
const isUrl = (address: string): boolean => /^(https?|ftps?):/.test(address);
const stores = everyStore.filter(({ name }) => !name.includes("MAST"));
withoutSettings("AWS_", "GOOGLE_", "STORAGE_", "CLOUDSDK_", "AZURE_", "HADOOP_");

describe.each(stores)("$name", ({ missing, start }) => {
  describe.skipIf(Boolean(missing) && !required)(missing ? `(skipped: ${missing})` : "is a store", () => {
    let place: StorePlace;
    beforeAll(async () => {
      place = await start(files);
    }, 120_000);
    afterAll(() => place?.close());

    async function read(address: string | URL): Promise<Uint8Array> {
      const source = await resolveSource(address, { ...place.options, retries: 0 });
      const bytes = await source.getRange({ offset: 0, length: 1000 });
      await source.close?.();
      return new Uint8Array(bytes);
    }

    it("takes a string as its scheme does, and a URL object for encoded", async () => {
      for (const name of names) {
        const encoded = place.address(encodeURIComponent(name));
        expect(await read(isUrl(encoded) ? encoded : place.address(name)), name).toEqual(files[name]);
        // A SAS is for one name.
        if (!encoded.includes("?sv=")) expect(await read(new URL(encoded)), name).toEqual(files[name]);
      }
    }, 30_000);
  });
});

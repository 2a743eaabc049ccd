import { describe, expect, it } from "vitest";
import { tilePool } from "../../src/image/tiles/pool.js";
import { open } from "../../src/index.js";
import { loadTileWorkers } from "../../src/platform/node.js";

describe("workers that decode tiles", () => {
  it("are as many as asked for: none for 0", async () => {
    const platform = await loadTileWorkers();
    const [none, two] = [tilePool(platform, 0), tilePool(platform, 2)];
    expect(none.wants(1e9)).toBe(false);
    expect(two.wants(1e9)).toBe(true);
    none.close();
    two.close();
  });

  it("cannot be fewer than none", async () => {
    for (const workers of [-1, 1.5])
      await expect(open(new Uint8Array(2880), { workers })).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  });
});

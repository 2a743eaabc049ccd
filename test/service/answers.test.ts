/** What all answers have: versions, ranges, HEAD; and the routes that tell of the service. */
import { beforeAll, describe, expect, it } from "vitest";
import { open } from "../../src/index.js";
import type { ServiceLogEntry } from "../../src/service/index.js";
import { bombs } from "../soak/hostile.js";
import { type TestService, testService } from "./files.js";

let service: TestService;
const entries: ServiceLogEntry[] = [];
beforeAll(async () => {
  service = await testService({ log: (entry) => void entries.push(entry) });
});

const path = "cutout?id=hst.fits&ra=150.421375&dec=2.422383&size=16pix";

describe("an answer", () => {
  it("has a strong ETag, with which a client is told that it holds the cutout", async () => {
    const response = await service.get(path);
    const etag = response.headers.get("ETag")!;
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    const again = await service.get(path, { "If-None-Match": etag });
    expect([again.status, await again.text(), again.headers.get("ETag")]).toEqual([304, "", etag]);
    const other = await service.get(path.replace("16pix", "17pix"));
    expect(other.headers.get("ETag")).not.toBe(etag);
    const reordered = "CUTOUT?SIZE=16pix&dec=2.422383&ra=150.421375&ID=hst.fits".replace("CUTOUT", "cutout");
    expect((await service.get(reordered)).headers.get("ETag")).toBe(etag);
  });

  it("too large to be held tells in a line of tiles that are not there, and does not break off", async () => {
    const fits = await open(new Uint8Array(bombs()["tiles.fits"]!));
    const { get } = await testService({ find: async () => ({ fits }) });
    const response = await get("section?id=tiles.fits&section=:");
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).toMatch(/^Error: [^\n]+\n$/);
  });

  it("is given in part, and by HEAD without its body", async () => {
    const whole = new Uint8Array(await (await service.get(path)).arrayBuffer());
    const part = await service.get(path, { Range: "bytes=80-159" });
    expect([part.status, part.headers.get("Content-Range")]).toEqual([206, `bytes 80-159/${whole.length}`]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(whole.slice(80, 160));
    expect((await service.get(path, { Range: "bytes=99999999-" })).status).toBe(416);
    const head = await service.answer(new Request(`http://archive.example/${path}`, { method: "HEAD" }));
    expect([head.status, head.headers.get("Content-Length"), await head.text()]).toEqual([
      200,
      String(whole.length),
      "",
    ]);
  });

  it("is refused of methods that do not read", async () => {
    const response = await service.post("cutout", "id=hst.fits");
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
    expect((await service.post("soda/async", "", "DELETE")).status).toBe(405);
    expect(await (await service.get("soda/async")).text()).not.toContain("jobref");
    const put = await service.post("soda/async", "", "PUT");
    expect([put.status, put.headers.get("Allow")]).toEqual([405, "GET, HEAD, POST, DELETE"]);
    expect(
      (await service.answer(new Request("http://archive.example/links", { method: "OPTIONS" }))).status,
    ).toBe(204);
  });

  it("is logged without what was asked for", () => {
    expect(entries.length).toBeGreaterThan(5);
    expect(Object.keys(entries[0]!)).toEqual(["time", "client", "method", "route", "status", "seconds"]);
    expect(JSON.stringify(entries)).not.toContain("hst.fits");
  });
});

describe("the service", () => {
  it("gives headers", async () => {
    const text = await (await service.get("header?id=hst.fits&hdu=SCI")).text();
    expect(text).toContain("\nEXPTIME =               2028.5 / [s] exposure time\n");
    const { cards } = (await (await service.get("header?id=hst.fits&hdu=1&format=json")).json()) as {
      cards: { keyword: string; value: unknown }[];
    };
    expect(cards.find(({ keyword }) => keyword === "BUNIT")?.value).toBe("electron/s");
  });

  it("gives tables", async () => {
    const csv = await service.get(
      "table?id=hst.fits&columns=id,mag&where=mag%20%3C%2016.1&limit=2&format=csv",
    );
    expect(await csv.text()).toBe("id,mag\r\n9007199254740993,16\r\n9007199254741043,16\r\n");
    const votable = await (await service.get("table?id=hst.fits&columns=id,ra,class&limit=1")).text();
    expect(votable).toContain('<FIELD name="ra" datatype="double" unit="deg"/>');
    expect(votable).toContain("<TR><TD>9007199254740993</TD><TD>150</TD><TD>STAR</TD></TR>\n</TABLEDATA>");
    expect((await service.get("table?id=hst.fits&where=nope%20%3C%203")).status).toBe(400);
    expect((await service.get("table?id=hst.fits&columns=nope")).status).toBe(400);
    expect(service.lent()).toBe(0);
  });

  it("describes itself", async () => {
    const { paths } = (await (await service.get("openapi.json")).json()) as {
      paths: Record<string, unknown>;
    };
    for (const route of Object.keys(paths)) {
      const status = (await service.get(route.slice(1))).status;
      // What takes parameters says that some are missing.
      expect([200, 400], route).toContain(status);
    }
    const page = await (await service.get("")).text();
    expect(page).toContain("/soda/sync");
    const metrics = await (await service.get("metrics")).text();
    expect(metrics).toMatch(/^fitslice_requests_total\{route="cutout",status="304"\} 1$/m);
    const told = (word: string) =>
      [...metrics.matchAll(RegExp(`^# ${word} (\\w+)`, "gm"))].map(([, name]) => name);
    expect(told("HELP")).toEqual(told("TYPE"));
  });

  it("finishes what is under way when it is to end, and takes nothing new", async () => {
    const own = await testService();
    const under = own.get(path);
    const drained = own.answer.drain();
    expect((await under).status).toBe(200);
    await drained;
    const late = await own.get(path);
    expect([late.status, await late.text()]).toEqual([
      503,
      "ServiceUnavailable: the service is about to end\n",
    ]);
    expect(await (await own.get("availability")).text()).toContain("<vosi:available>false<");
  });
});

describe("a file that is not found in time", () => {
  it("is refused, also where the finder is deaf", async () => {
    const deaf = await testService({ find: () => new Promise(() => undefined), limits: { seconds: 0.05 } });
    const response = await deaf.get(path);
    expect([response.status, await response.text()]).toEqual([
      504,
      "ServiceUnavailable: the request took longer than this service allows\n",
    ]);
  });
});

/** Addresses of stores on the command line. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { certificateFor } from "../servers/certificate.js";
import { startFtpServer } from "../servers/ftp-server.js";
import { startGcsServer } from "../servers/gcs-server.js";
import { startHttp2Server } from "../servers/http2-server.js";
import { startRangeServer } from "../servers/range-server.js";
import { fitslice, separately, workFolder } from "./run.js";

describe("addresses of stores", () => {
  test("are read by the commands", async () => {
    const file = await exampleFile();
    const [ftp, gcs] = [
      await startFtpServer({ files: { "hst.fits": file } }),
      await startGcsServer({ objects: { "hst.fits": file } }),
    ];
    const env = { STORAGE_EMULATOR_HOST: gcs.url };
    for (const address of [`ftp://127.0.0.1:${ftp.port}/hst.fits`, "gs://public/hst.fits"]) {
      const { code, stdout, stderr } = await fitslice(["info", address, "--anonymous"], { env });
      expect(stderr).toBe("");
      expect(code).toBe(0);
      expect(String(stdout)).toContain("SCI");
    }
    await Promise.all([ftp.close(), gcs.close()]);
  });

  test("show no secret where what lies there is no FITS file", async () => {
    const server = await startFtpServer({
      files: { a: new Uint8Array(3000).fill(65) },
      users: { ann: "HUSH" },
    });
    const { code, stderr } = await fitslice(["info", `ftp://ann:HUSH@127.0.0.1:${server.port}/a`]);
    expect(code).toBe(1);
    expect(stderr).toContain(`ftp://127.0.0.1:${server.port}/a`);
    expect(stderr).not.toContain("HUSH");
    await server.close();
  });

  test("of many files with a login are read with it, and told without it", async () => {
    const file = await exampleFile();
    const server = await startFtpServer({
      files: { "d/a.fits": file, "d/b.fits": file },
      users: { ann: "HUSH" },
    });
    const cwd = workFolder("stores");
    const line = ["headers", `ftp://ann:HUSH@127.0.0.1:${server.port}/d/*.fits`, "-k", "TELESCOP"];
    const { code, stderr, json } = await fitslice([...line, "--json"], { cwd });
    expect([code, stderr]).toEqual([0, "2 rows of 2 files\n"]);
    expect(json<{ file: string }[]>().map(({ file }) => file)).toEqual(
      ["a", "b"].map((name) => `ftp://127.0.0.1:${server.port}/d/${name}.fits`),
    );
    const info = await fitslice(["info", `ftp://ann:HUSH@127.0.0.1:${server.port}/d/`, "--json"], { cwd });
    expect([info.code, info.stderr]).toEqual([0, ""]);
    expect(info.text).not.toContain("HUSH");
    await server.close();
    rmSync(cwd, { recursive: true });
  });

  test("with signatures are rows without them, and are gone on with by a new signature only where that is the same address", async () => {
    const file = await exampleFile();
    const server = await startRangeServer({ files: { "/a.fits": file } });
    const cwd = workFolder("stores");
    const at = (signature: string, name = "a"): string => `${server.url}/${name}.fits?x=1&sig=${signature}`;
    const run = (...addresses: string[]) =>
      fitslice(["headers", ...addresses, "-k", "TELESCOP", "-o", "t.csv", "--resume", "--json"], { cwd });
    const first = await run(at("HUSH1"), at("HUSH2", "none"));
    expect(first.json()).toMatchObject({ rows: 2, failed: 1, before: 0 });
    const all = [
      first.text,
      first.stderr,
      ...["t.csv", "t.csv.rows.ndjson"].map((name) => readFileSync(join(cwd, name), "utf8")),
    ];
    expect(all.join()).not.toContain("HUSH");
    expect(all[2]).toContain(`${server.url}/a.fits?x=1&sig=***`);
    server.requests.length = 0;
    const second = await run(at("HUSH1"), at("HUSH3"), at("HUSH2", "none"));
    expect(second.json()).toMatchObject({ rows: 3, before: 2 });
    expect(server.requests).toHaveLength(1);
    await server.close();
    rmSync(cwd, { recursive: true });
  });

  test("are read over HTTP/2 where that is asked for", async () => {
    const certificate = certificateFor("IP:127.0.0.1");
    const server = await startHttp2Server({ certificate, files: { "/a.fits": await exampleFile() } });
    const env = { NODE_EXTRA_CA_CERTS: certificate.certFile };
    const { code, stderr, text } = await separately(["info", `${server.url}/a.fits`, "--http2"], { env });
    expect([code, stderr]).toEqual([0, ""]);
    expect(text).toContain("SCI");
    expect(server.requests[0]).toMatchObject({ path: "/a.fits", connection: 0 });
    await server.close();
    certificate.remove();
  });
});

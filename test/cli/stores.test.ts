/** Addresses of stores on the command line. */
import { describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { startFtpServer } from "../servers/ftp-server.js";
import { startGcsServer } from "../servers/gcs-server.js";
import { fitslice } from "./run.js";

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
});

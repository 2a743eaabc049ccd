import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfig, settingsFor } from "../../src/cli/config.js";
import { exampleFile } from "../fixtures/example.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;

beforeAll(async () => {
  cwd = workFolder("cli-config");
  writeFileSync(join(cwd, "hst.fits"), await exampleFile());
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function configured(config: object | string): Record<string, string> {
  const path = join(cwd, "config.json");
  writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config, undefined, 1));
  return { FITSLICE_CONFIG: path };
}

describe("a configuration", () => {
  test("has options for all, and others by what addresses begin with", () => {
    const text = JSON.stringify({
      options: { "--retries": 3, "--region": "eu-west-1" },
      prefixes: { "s3://a/": { "--region": "us-east-1" }, "s3://a/b/": { "--anonymous": true } },
    });
    const config = parseConfig(text, "config.json");
    const flags = (sources: string[]): string[] =>
      settingsFor(config, sources).map(({ flag, value }) => `${flag} ${value}`);
    expect(flags(["x.fits"])).toEqual(["--retries 3", "--region eu-west-1"]);
    expect(flags(["s3://a/x.fits", "s3://a/y.fits"])).toEqual(["--region us-east-1", "--retries 3"]);
    expect(flags(["s3://a/b/x"])).toEqual(["--anonymous true", "--retries 3", "--region eu-west-1"]);
    expect(() => flags(["s3://a/x", "s3://b/x"])).toThrow(/has options for s3:\/\/a\/, and not for all/);
  });

  test.each<[string, RegExp]>([
    ['{\n "options": {\n  "--retries": 3,,\n }\n}', /line 3: this is no JSON/],
    [
      '{\n "options": {\n  "--retires": 3\n }\n}',
      /line 3: "--retires" cannot be set here \(Did you mean --retries\?\)/,
    ],
    [
      '{\n "options": {\n  "--header": "A: b"\n }\n}',
      /line 3: "--header" cannot be set here; headers may be secrets/,
    ],
    ['{\n "optoins": {}\n}', /line 2: there is no "optoins" \(Did you mean options\?\)/],
    [
      '{\n "options": {\n  "--retries": "many"\n }\n}',
      /line 3: "--retries": "many" is invalid. It must be a whole number/,
    ],
    ['{\n "options": {\n  "--retries": true\n }\n}', /line 3: "--retries" has a value/],
    ['{\n "options": {\n  "--anonymous": "yes"\n }\n}', /line 3: "--anonymous" is true or false/],
    ['{\n "options": {\n  "--retries": [1]\n }\n}', /line 3: "--retries" is a text, a number or true/],
    ['{\n "prefixes": {\n  "bucket": {}\n }\n}', /line 3: "bucket" is no beginning of an address/],
    ["[]", /line 1: write \{"options"/],
    ["", /line 1: this is no JSON/],
  ])("with a mistake is refused, with its line: %j", async (text, wanted) => {
    const { code, stderr } = await fitslice(["info", "hst.fits"], { cwd, env: configured(text) });
    expect([code, stderr]).toEqual([2, expect.stringMatching(wanted)]);
    expect(stderr).toMatch(/^fitslice: [^\n]*\n$/);
  });

  test("that is named has to be there", async () => {
    const env = { FITSLICE_CONFIG: join(cwd, "none.json") };
    const { code, stderr } = await fitslice(["info", "hst.fits"], { cwd, env });
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/cannot read the configuration .*: there is no such file/),
    ]);
  });

  test("tells where the store of a bucket is; the command line goes first", async () => {
    const server: S3Server = await startS3Server({
      buckets: { archive: { public: true, objects: { "hst.fits": await exampleFile() } } },
    });
    try {
      const env = configured({
        prefixes: {
          "s3://archive/": {
            "--endpoint": server.url,
            "--anonymous": true,
            "--region": "us-east-1",
            "--path-style": true,
          },
        },
      });
      const { code, text, stderr } = await fitslice(["info", "s3://archive/hst.fits"], { cwd, env });
      expect([code, stderr]).toEqual([0, ""]);
      expect(text).toContain("CATALOG");
      const other = ["info", "s3://archive/hst.fits", "--endpoint", "http://127.0.0.1:1", "--retries", "0"];
      expect((await fitslice(other, { cwd, env })).stderr).toContain("ECONNREFUSED");
    } finally {
      await server.close();
    }
  });

  test("is shown by config, with the line of each option", async () => {
    const env = configured({ options: { "--retries": 3 }, prefixes: { "s3://a/": { "--anonymous": true } } });
    expect((await fitslice(["config"], { cwd, env })).text).toBe(
      `${join(cwd, "config.json")}\n  --retries  3  line 3\ns3://a/\n  --anonymous    line 7\n`,
    );
    expect((await fitslice(["config", "s3://a/x.fits", "--json"], { cwd, env })).json()).toEqual({
      path: join(cwd, "config.json"),
      options: [
        { flag: "--anonymous", value: true, line: 7 },
        { flag: "--retries", value: "3", line: 3 },
      ],
      prefixes: {},
    });
  });
});

/**
 * Deno alone: the rights that the guide lists are enough, and none of them is too many; a cell of a notebook runs.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Rights, as the guide has them. */
const proxies = "--allow-env=HTTP_PROXY,HTTPS_PROXY,ALL_PROXY,http_proxy,https_proxy,all_proxy";

interface Way {
  readonly name: string;
  readonly rights: readonly string[];
  /** A module of the app, or the command line. */
  readonly run: readonly string[];
  readonly right: RegExp;
}

type Start = (
  cwd: string,
  command: readonly string[],
) => Promise<{ status: number | null; stdout: string; stderr: string }>;

const sectionOf = (address: string, options = "{}"): string => `import { open } from "npm:fitslice";
const file = await open(${JSON.stringify(address)}, ${options});
const { shape } = await (await file.image("SCI")).section("0:2, 0:3");
console.log(shape.join(" x ") satisfies string);
await file.close();
`;

function ways(app: string, http: string, s3: string): Way[] {
  const host = `--allow-net=${new URL(http).host}`;
  const keys = `{ s3: { endpoint: "${s3}", region: "us-east-1", credentials: { accessKeyId: "key", secretAccessKey: "secret" } } }`;
  const modules = {
    "disk.ts": sectionOf("example.fits"),
    "http.ts": sectionOf(`${http}/example.fits`),
    "s3.ts": sectionOf("s3://archive/example.fits", keys),
  };
  // The cell of the guide, with all rights, as Deno's kernel has them.
  const cell = /^```ts\n(import .* from "npm:fitslice";[\s\S]*?)^```/m.exec(
    readFileSync("docs/guide.md", "utf8"),
  )![1]!;
  const all = {
    ...modules,
    "cell.ts": cell.replaceAll("https://archive.example/hst.fits", `${http}/example.fits`),
  };
  for (const [name, code] of Object.entries(all)) writeFileSync(join(app, name), code);
  const [shape, list] = [/^2 x 3\n$/, /SCI[\s\S]*CATALOG/];
  const cli = ["--allow-read", "--allow-env", "--allow-sys"];
  return [
    { name: "a file of the disk", rights: ["--allow-read"], run: ["disk.ts"], right: shape },
    {
      name: "the guide's cell of a notebook",
      rights: ["-A"],
      run: ["cell.ts"],
      right: /^\[ 300, 400 \] 100\n$/,
    },
    { name: "HTTP", rights: [host, proxies], run: ["http.ts"], right: shape },
    { name: "S3", rights: ["--allow-net", "--allow-env"], run: ["s3.ts"], right: shape },
    { name: "info FILE", rights: cli, run: ["npm:fitslice", "info", "example.fits"], right: list },
    {
      name: "info URL",
      rights: [...cli, "--allow-net"],
      run: ["npm:fitslice", "info", `${http}/example.fits`],
      right: list,
    },
    {
      name: "section -o",
      rights: [...cli, "--allow-write"],
      run: ["npm:fitslice", "section", "example.fits", "--hdu", "SCI", "-o", "deno.fits", "--force"],
      right: /^/,
    },
  ];
}

/** How many checks fail. */
export async function checkDeno(
  deno: string,
  { app, http, s3, start }: { app: string; http: string; s3: string; start: Start },
): Promise<number> {
  let failed = 0;
  const tell = (isRight: boolean, what: string, more: string): void => {
    if (!isRight) failed++;
    process.stdout.write(`deno: ${isRight ? "ok  " : "FAIL"} ${what}${isRight ? "" : `\n${more}`}\n`);
  };
  for (const { name, rights, run, right } of ways(app, http, s3)) {
    const check = run[0]!.endsWith(".ts") ? ["--check"] : [];
    const by = (given: readonly string[]) =>
      start(app, [deno, "run", "--no-prompt", ...check, ...given, ...run]);
    const { status, stdout, stderr } = await by(rights);
    tell(status === 0 && right.test(stdout), `${name}, with ${rights.join(" ")}`, stdout + stderr);
    for (const left of rights) {
      const less = await by(rights.filter((one) => one !== left));
      tell(less.status !== 0, `${name} is refused without ${left}`, less.stdout + less.stderr);
      if (!run[0]!.startsWith("npm:")) continue;
      // One line, which names the option, and does not call the refusal a bug.
      const line = /^fitslice: .*\n$/.exec(less.stderr)?.[0] ?? "";
      const helps = line.includes(`run again with the ${left} flag`) && !line.includes("bug of fitslice");
      tell(helps, `${name} without ${left} says what to give`, less.stderr);
    }
  }
  return failed;
}

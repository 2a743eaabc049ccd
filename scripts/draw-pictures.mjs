/** Draws the pictures of README.md, by the built command line, from the file that `npm run demo` leaves on the disk. */
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const most = 200_000; // bytes: the page of a package is read on phones, too

const pictures = {
  "docs/pictures/galaxy.svg":
    "plot demo/out/hubble-like.fits --hdu SCI --section 1690:1890,2000:2240 --axes sky --grid --compass --scale-bar --stretch asinh --colormap inferno",
};

mkdirSync(`${root}docs/pictures`, { recursive: true });
for (const [path, command] of Object.entries(pictures)) {
  execFileSync(process.execPath, ["dist/cli/main.js", ...command.split(" "), "-o", path, "--force"], {
    cwd: root,
    stdio: "inherit",
  });
  const { size } = statSync(root + path);
  if (size > most) throw new Error(`${path} has ${size} bytes, more than ${most}`);
  process.stdout.write(`${path}: ${size} bytes\n`);
}

/** The built element on a server: the module loads in Node, and registers nothing. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("a server that renders pages can import fitslice/viewer", () => {
  const script = `
    const { FitsViewer } = await import("fitslice/viewer");
    const viewer = new FitsViewer();
    viewer.view = { zoom: 2 };
    console.log(FitsViewer.observedAttributes.includes("src"), viewer.zoom, typeof customElements, typeof document);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
  });
  expect([stdout.trim(), stderr]).toEqual(["true 2 undefined undefined", ""]);
});

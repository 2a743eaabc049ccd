/** Looks at a page in which `<fits-viewer>` has drawn an image. */
import { decode } from "fast-png";

/** Chromium draws by WebGL without a graphics card. */
export const viewerArgs = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

const fewestColors = 30;

/** Problems with the element: it is not idle, or its picture is empty. */
export async function lookAtViewer(page) {
  const { isDefined, requests, link } = await page.evaluate(async () => {
    const viewer = document.querySelector("fits-viewer");
    await viewer.idle;
    return {
      isDefined: viewer instanceof customElements.get("fits-viewer"),
      requests: viewer.profile.requests,
      link: viewer.link,
    };
  });
  const problems = [];
  if (!isDefined) problems.push("the element is not what its module defines");
  if (!(requests > 0)) problems.push("the element has read nothing");
  if (!/^#src=/.test(link)) problems.push(`the element's link is ${link}`);
  const element = await page.$("fits-viewer");
  const { data, width, height, channels } = decode(await element.screenshot({ type: "png" }));
  const colors = new Set();
  // The middle of the element: no panel is there.
  for (let y = Math.floor(height * 0.35); y < height * 0.65; y++)
    for (let x = Math.floor(width * 0.35); x < width * 0.65; x++) {
      const at = (y * width + x) * channels;
      colors.add(data.slice(at, at + 3).join());
    }
  if (colors.size < fewestColors)
    problems.push(`the picture of ${width} x ${height} has ${colors.size} colors in its middle`);
  return problems;
}

/** What the pages of all bundlers do: read a compressed image in parts, and draw it to a canvas. */
import { open } from "fitslice";
import { render } from "fitslice/picture";

/** Draws HDU 1 of the file at `url`, value 0 black and 255 white; the title of the page says how it went. */
export async function draw(url, canvas) {
  try {
    const fits = await open(new URL(url, location.href).href, { workers: 2 });
    const image = await fits.image(1);
    const { width, height, rgb } = render(await image.section(), { vmin: 0, vmax: 255 });
    await fits.close();
    canvas.width = width;
    canvas.height = height;
    const picture = new ImageData(width, height);
    for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
      picture.data.set(rgb.subarray(from, from + 3), to);
      picture.data[to + 3] = 255;
    }
    canvas.getContext("2d").putImageData(picture, 0, 0);
    document.title = "drawn";
  } catch (error) {
    document.title = `failed: ${error?.stack ?? error}`;
  }
}

/**
 * Drawings as pictures, in a page: by the browser itself, with the fonts of the page.
 */

import { FitsError } from "../errors.js";

/**
 * The PNG of a drawing, `zoom` pixels for each of its units. Rejects with the browser's reason where it cannot read the
 * drawing, with TOO_LARGE where it has no canvas so large.
 */
export async function rasterize(svg: string, zoom: number): Promise<Uint8Array<ArrayBuffer>> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * zoom);
    canvas.height = Math.round(image.height * zoom);
    const png = await painted(canvas, image).catch(() => null); // Firefox throws, Chromium gives nothing
    if (!png)
      throw new FitsError(
        "TOO_LARGE",
        `this browser has no canvas of ${canvas.width} x ${canvas.height} pixels; choose a smaller zoom`,
      );
    return new Uint8Array(await png.arrayBuffer());
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function painted(canvas: HTMLCanvasElement, image: HTMLImageElement): Promise<Blob | null> {
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve));
}

/**
 * Drawings as pictures, in a page: by the browser itself, with the fonts of the page.
 */

/** The PNG of a drawing, `zoom` pixels for each of its units. Rejects where the browser cannot draw it. */
export async function rasterize(svg: string, zoom: number): Promise<Uint8Array<ArrayBuffer>> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * zoom);
    canvas.height = Math.round(image.height * zoom);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob>((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the canvas is too large")))),
    );
    return new Uint8Array(await png.arrayBuffer());
  } finally {
    URL.revokeObjectURL(url);
  }
}

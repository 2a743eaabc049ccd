/** Cloud-optimized GeoTIFF, read by geotiff.js. Settings: `blocks BYTES`, the size of the blocks that it caches. */
import { fromUrl, type TypedArray } from "geotiff";
import { headerText, type Job, type Read } from "./job.js";

export async function readByGeotiff({ url, setting, want }: Job): Promise<Read> {
  const blockSize = Number(setting.replace("blocks ", ""));
  // Its types do not know the options of its cache, which its documentation has.
  const options: object = Number.isNaN(blockSize) ? {} : { blockSize, cacheSize: 1000 };
  const tiff = await fromUrl(url, options);
  const image = await tiff.getImage();
  if (want.kind === "header") {
    const metadata = await image.getGDALMetadata();
    return headerText([image.getHeight(), image.getWidth()], String(metadata?.["OBJECT"] ?? ""));
  }
  if (want.kind !== "boxes") throw new Error("a GeoTIFF has no columns");
  return Promise.all(
    want.boxes.map(async ([rows, columns]) => {
      const window = [columns![0], rows![0], columns![1], rows![1]];
      const [band] = (await image.readRasters({ window })) as unknown as TypedArray[];
      return band!;
    }),
  );
}

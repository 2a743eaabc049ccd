/** Side of the compressed image. */
export declare const tiledSide: number;

/** Its pixels, by y and x. */
export declare function tiledPixel(y: number, x: number): number;

import { draw } from "./draw.js";

draw("image.fits.fz", document.querySelector("canvas"));

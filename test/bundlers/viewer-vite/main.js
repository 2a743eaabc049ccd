import { FitsViewer } from "fitslice/viewer";

const viewer = new FitsViewer();
viewer.style.cssText = "display: block; width: 700px; height: 500px";
viewer.addEventListener("firstlight", () => {
  document.title = "drawn";
});
viewer.addEventListener("error", ({ detail }) => {
  document.title = `failed: ${detail}`;
});
viewer.src = new URL("image.fits.fz", location.href).href;
document.body.append(viewer);

/** `fitslice/viewer`: importing it registers `<fits-viewer>`. */
import { FitsViewer } from "./element/fits-viewer.js";

export { FitsViewer };

if (!customElements.get("fits-viewer")) customElements.define("fits-viewer", FitsViewer);

/** `fitslice/viewer`: importing it registers `<fits-viewer>`. */
import { FitsViewer } from "./element/fits-viewer.js";

export { FitsViewer };

// On a server there are no elements: pages register this one when they load the module.
const registry: CustomElementRegistry | undefined = globalThis.customElements;
if (registry && !registry.get("fits-viewer")) registry.define("fits-viewer", FitsViewer);

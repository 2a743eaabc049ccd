/**
 * What Lit asks of a page, where there is none: in Node, which imports `fitslice/viewer` when a site is rendered on its
 * server, the class exists, and nothing is registered.
 */
export const HTMLElement = globalThis.HTMLElement ?? class {};
export const customElements = globalThis.customElements;

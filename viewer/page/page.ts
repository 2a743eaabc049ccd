/** The page: a viewer that opens what its address says, `?url=...` or `#src=...`, or a file that is dropped or chosen. */
import type { FitsViewerElement } from "../src/public.js";
import "../src/index.js";

const viewer = document.querySelector("fits-viewer") as FitsViewerElement;
const field = document.querySelector("#url") as HTMLInputElement;

/** Milliseconds between changes of the address; browsers refuse more than a hundred in half a minute. */
const hashTime = 400;
let written = location.hash;
let timer = 0;

/** Opens a link. Its source may be relative to the page. */
function follow(hash: string): void {
  written = hash;
  // A view without a file is for nothing.
  if (viewer.src !== undefined || /[#&]src=/.test(hash)) viewer.link = hash;
  if (typeof viewer.src === "string") named(viewer.src.replace(/[?#].*$/, "").replace(/^.*\//, ""));
}

function named(name: string): void {
  document.title = `${name || "FITS"} - fitslice`;
}

function openFile(file: File): void {
  viewer.src = file;
  named(file.name);
}

/** The address follows the view, so that it can be copied, and a reload shows the same. */
function writeHash(): void {
  timer = 0;
  const { link } = viewer;
  if (link === written) return;
  written = link;
  history.replaceState(null, "", `${location.pathname}${link}`);
}

viewer.addEventListener("viewchange", () => {
  if (timer === 0) timer = window.setTimeout(writeHash, hashTime);
});
window.addEventListener("hashchange", () => {
  if (location.hash !== written) follow(location.hash);
});
document.querySelector("#address")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = field.value.trim();
  if (address) follow(`#src=${encodeURIComponent(address)}`);
});
document.querySelector("#file")?.addEventListener("change", ({ currentTarget }) => {
  const [file] = (currentTarget as HTMLInputElement).files ?? [];
  if (file) openFile(file);
});
for (const type of ["dragenter", "dragover"] as const)
  window.addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    viewer.classList.add("dropping");
  });
for (const type of ["dragleave", "drop"] as const)
  window.addEventListener(type, () => viewer.classList.remove("dropping"));
window.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer?.files ?? [];
  if (!file) return;
  event.preventDefault();
  openFile(file);
});

const url = new URLSearchParams(location.search).get("url");
if (url && !/[#&]src=/.test(location.hash))
  follow(`#src=${encodeURIComponent(url)}&${location.hash.replace(/^#/, "")}`);
else follow(location.hash);

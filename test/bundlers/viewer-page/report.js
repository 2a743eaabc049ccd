// Events of the element do not bubble: they are heard on their way down.
addEventListener("firstlight", () => (document.title = "drawn"), true);
addEventListener(
  "error",
  (event) => {
    if (event.target?.localName === "fits-viewer") document.title = `failed: ${event.detail}`;
  },
  true,
);

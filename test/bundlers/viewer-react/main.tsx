import "fitslice/viewer";
import { useState } from "react";
import { createRoot } from "react-dom/client";

/** React passes `src` as a property, and `onfirstlight` as a listener of the event `firstlight`. */
function Page() {
  const [title, setTitle] = useState("waiting");
  return (
    <>
      <title>{title}</title>
      <fits-viewer
        src="image.fits.fz"
        style={{ display: "block", width: 700, height: 500 }}
        onfirstlight={() => setTitle("drawn")}
        onerror={({ detail }) => setTitle(`failed: ${detail}`)}
      />
    </>
  );
}

createRoot(document.getElementById("root")!).render(<Page />);

import type { FitsViewerElement, FitsViewerProps } from "fitslice/viewer";
import type { DetailedHTMLProps, HTMLAttributes } from "react";

type Common = DetailedHTMLProps<HTMLAttributes<FitsViewerElement>, FitsViewerElement>;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "fits-viewer": Omit<Common, keyof FitsViewerProps> & FitsViewerProps;
    }
  }
}

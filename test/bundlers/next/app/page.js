"use client";

import { useEffect, useRef } from "react";
import { draw } from "../draw.js";

export default function Page() {
  const canvas = useRef(null);
  useEffect(() => void draw("/image.fits.fz", canvas.current), []);
  return <canvas ref={canvas} />;
}

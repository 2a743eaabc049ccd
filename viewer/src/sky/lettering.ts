/** Letters over the picture: light, with a dark edge. */
export const lettering = {
  fill: "#eaf8ff",
  stroke: "#000",
  "stroke-opacity": 0.7,
  "stroke-width": 3,
  "stroke-linejoin": "round",
  "paint-order": "stroke",
  "font-size": 11,
} as const;

/** Units in which people say coordinates that are delivered in SI, from the largest on: how many SI units each is. */
const spoken: Readonly<Record<string, readonly (readonly [name: string, size: number])[]>> = {
  m: [
    ["m", 1],
    ["cm", 1e-2],
    ["mm", 1e-3],
    ["\u00B5m", 1e-6],
    ["nm", 1e-9],
    ["pm", 1e-12],
  ],
  Hz: [
    ["THz", 1e12],
    ["GHz", 1e9],
    ["MHz", 1e6],
    ["kHz", 1e3],
    ["Hz", 1],
  ],
  "m/s": [
    ["km/s", 1e3],
    ["m/s", 1],
  ],
};

/** `m s-1` is `m/s`. The largest unit of which `value` SI units are one or more, and how many SI units it is; other units are as they are. */
export function spokenUnit(unit: string, value: number): readonly [name: string, size: number] {
  const isSpeed = /^m[ .*]?s(\^|\*\*)?\(?-1\)?$/.test(unit);
  const units = spoken[isSpeed ? "m/s" : unit] ?? [[unit, 1] as const];
  return units.find(([, one]) => Math.abs(value) >= one) ?? units.at(-1)!;
}

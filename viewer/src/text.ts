/** Numbers as people read them. */

/** A value of a pixel: integers whole, others with the digits that float32 has. */
export function valueText(value: number | bigint, digits = 7): string {
  if (typeof value === "bigint" || Number.isInteger(value)) {
    return Math.abs(Number(value)) < 1e15 || typeof value === "bigint"
      ? String(value)
      : value.toPrecision(digits);
  }
  if (!Number.isFinite(value)) return String(value);
  const text = value.toPrecision(digits);
  // Of 1234.5 three digits are 1230, not 1.23e+3.
  return Math.abs(value) >= 1 && Math.abs(value) < 1e6 ? String(Number(text)) : trimmed(text);
}

/** How many digits tell numbers as large as `largest` apart that differ by `step`. */
export function digitsFor(largest: number, step: number): number {
  const digits = Math.ceil(Math.log10(Math.abs(largest) / Math.abs(step)) + 1);
  return Number.isFinite(digits) ? Math.min(15, Math.max(1, digits)) : 1;
}

/** How many digits tell numbers between two limits apart, at least `least`: limits near 1e9 may differ by 1. */
export function digitsWithin(vmin: number, vmax: number, least: number): number {
  return Math.max(least, digitsFor(Math.max(Math.abs(vmin), Math.abs(vmax)), (vmax - vmin) / 1000));
}

/** A number without zeros at its end. */
function trimmed(text: string): string {
  const [, mantissa = "", exponent = ""] = /^([^e]*)(e.*)?$/.exec(text) ?? [];
  return `${mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa}${exponent}`;
}

/** Bytes: `812 B`, `1.2 MB`. */
export function bytesText(bytes: number): string {
  const steps = ["B", "kB", "MB", "GB", "TB", "PB"];
  const step = bytes < 1000 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${steps[step]}`;
}

/** A share: `12 %`, `0.3 %`, `< 0.1 %`. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  return `${percent < 10 && percent % 1 !== 0 ? percent.toFixed(1) : Math.floor(percent)} %`;
}

/** A number of things: `1 row`, `2 rows`. */
export function countText(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

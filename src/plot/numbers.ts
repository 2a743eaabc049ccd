/**
 * Numbers beside axes and color bars: round ones, and how they are written.
 */

/** Numbers longer than this are written with a power of ten, where that is shorter. */
const longest = 6;
/** From here on a number has no digits without a power of ten. */
const mostPlain = 1e21;

/**
 * How the numbers of one axis are written: with as many digits as tell them apart, all of them plain or all with a power
 * of ten, `2.5e-17`; of numbers at uneven distances, as of a logarithmic axis, each in its shorter form.
 */
export function numberLabels(ticks: readonly number[]): (value: number) => string {
  const plain = plainText(ticks);
  const power = powerText(ticks);
  const widest = (write: (value: number) => string): number =>
    ticks.reduce((most, tick) => Math.max(most, write(tick).length), 0);
  const hasPlain = (value: number): boolean => Math.abs(value) < mostPlain;
  if (ticks.every(hasPlain) && widest(plain) <= Math.max(longest, widest(power))) return plain;
  if (isEven(ticks)) return power;
  return (value) => (hasPlain(value) && plain(value).length < longest ? plain(value) : power(value));
}

/** Whether ticks are at equal distances, so that one number of decimals does for all. */
function isEven(ticks: readonly number[]): boolean {
  const step = stepOf(ticks);
  return ticks.every((tick, i) => i === 0 || Math.abs(tick - ticks[i - 1]! - step) <= Math.abs(step) * 1e-3);
}

function stepOf(ticks: readonly number[]): number {
  return ticks.length > 1 ? ticks[1]! - ticks[0]! : 0;
}

function plainText(ticks: readonly number[]): (value: number) => string {
  const step = Math.abs(stepOf(ticks));
  if (!isEven(ticks) || step === 0) return (value) => shortest(value.toPrecision(6));
  const decimals = Math.max(0, Math.min(20, Math.ceil(-Math.log10(step) - 1e-9)));
  return (value) => (value === 0 ? "0" : value.toFixed(decimals));
}

function powerText(ticks: readonly number[]): (value: number) => string {
  const step = Math.abs(stepOf(ticks));
  const even = isEven(ticks) && step > 0;
  const digitsOf = (value: number): number => (even ? powerOf(Math.abs(value)) - powerOf(step) : 5);
  return (value) => {
    if (value === 0) return "0";
    const [mantissa, exponent] = value.toExponential(Math.max(0, Math.min(12, digitsOf(value)))).split("e");
    return `${even ? mantissa : Number(mantissa)}e${Number(exponent)}`;
  };
}

/** The power of ten of a number's first digit, whatever rounding made of the number. */
function powerOf(value: number): number {
  return Number(value.toExponential(9).split("e")[1]);
}

/** Without a power of ten, and without zeros at the end. */
function shortest(text: string): string {
  const value = Number(text);
  const size = Math.abs(value);
  const decimals = size === 0 ? 0 : Math.max(0, Math.min(20, 6 - Math.floor(Math.log10(size))));
  return value
    .toFixed(decimals)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** The number between two that has the fewest digits; 0 where it lies between them. */
export function roundNumber(from: number, to: number): number {
  if (from <= 0 && to >= 0) return 0;
  if (from < 0) return -roundNumber(-to, -from);
  for (let power = Math.floor(Math.log10(to)); power > -324; power--) {
    for (const part of [10, 5, 2, 1]) {
      const step = Number(`${part}e${power - 1}`);
      const multiple = Math.ceil(from / step - 1e-9);
      if (multiple * step <= to * (1 + 1e-12)) return Number((multiple * step).toPrecision(15));
    }
    if (10 ** power < (to - from) * 1e-3) break;
  }
  return from;
}

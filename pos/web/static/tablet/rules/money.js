// Amounts are whole minor units; rates are decimals in quotes with at most six decimals; they meet only here. The same
// as pos/money.py, to the unit. A product of two of them may be more than a number holds exactly, so it is a BigInt.

export const MAX_AMOUNT = 10 ** 12;

const MILLION = 1_000_000n;

// The currencies whose minor unit is not a hundredth, also those that are out of use. Not from Intl, which leaves out the
// hundredths of some that we count (the forint).
const DIGITS = new Map(
  Object.entries({
    0:
      "ADP AFN ALL BIF BYR CLP DJF ESP GNF IQD IRR ISK ITL JPY KMF KPW KRW LAK LBP LUF MGA MGF MMK MRO PYG RSD RWF SLL " +
      "SOS STD SYP TMM TRL UGX UYI VND VUV XAF XOF XPF YER ZMK ZWD",
    3: "BHD JOD KWD LYD OMR TND",
    4: "CLF UYW",
  }).flatMap(([digits, currencies]) => currencies.split(" ").map((currency) => [currency, Number(digits)])),
);

/** The tax to add to an amount that does not include it. */
export function taxOnTop(net, rate) {
  return Number(dividedHalfUp(BigInt(net) * millionths(rate), MILLION));
}

/** The tax that an amount already includes: gross − gross ÷ (1 + rate). */
export function taxInside(gross, rate) {
  return gross - Number(dividedHalfUp(BigInt(gross) * MILLION, MILLION + millionths(rate)));
}

/** So many whole percent of an amount. */
export function percentOf(amount, percent) {
  return Number(dividedHalfUp(BigInt(amount) * BigInt(percent), 100n));
}

/**
 * An amount in parts after their weights, by largest remainder, the first one among equals; the parts always sum to
 * the amount. With nothing but zero weights the parts are equal.
 */
export function split(amount, weights) {
  const shares = weights.some((weight) => weight > 0) ? weights.map(BigInt) : weights.map(() => 1n);
  const whole = shares.reduce((sum, share) => sum + share, 0n);
  const exact = shares.map((share) => BigInt(amount) * share);
  const parts = exact.map((each) => Number(each / whole));
  const left = amount - sumOf(parts);
  const byRemainder = parts.map((_, index) => index).sort((a, b) => Number((exact[b] % whole) - (exact[a] % whole)));
  for (const index of byRemainder.slice(0, left)) parts[index] += 1;
  return parts;
}

/** The decimals of a currency: 2 of the dollar, 0 of the yen. */
export function digitsOf(currency) {
  return DIGITS.get(currency) ?? 2;
}

export function sumOf(amounts) {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** A half goes up; nothing here is below zero. */
function dividedHalfUp(amount, divisor) {
  return (2n * amount + divisor) / (2n * divisor);
}

function millionths(rate) {
  const [whole, part = ""] = rate.split(".");
  return BigInt(whole + part.padEnd(6, "0"));
}

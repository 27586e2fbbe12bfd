// Cash at the counter: what people are likely to hand over, and what they get back.

import { MAX_AMOUNT, digitsOf } from "./money.js";
import { Refusal } from "./refusal.js";

const MOST = 4;
// What coins and notes are made of, in units of the currency; where the unit is the smallest coin (the yen), in hundreds.
const STEPS = [1, 1_000, 1_000_000].flatMap((scale) => [1, 5, 10, 20, 50, 100, 200, 500].map((step) => step * scale));

/**
 * The sums of cash to offer as a button each, the exact one first: the total, and what it comes to if the next coin or
 * note is put down. At most four, each above the one before.
 */
export function quickTenders(total, currency) {
  const unit = Math.max(10 ** digitsOf(currency), 100);
  const steps = STEPS.map((step) => step * unit);
  const roundedUp = steps.map((step) => Math.ceil(total / step) * step).filter((amount) => amount <= MAX_AMOUNT);
  return [...new Set([total, ...roundedUp])].sort((one, other) => one - other).slice(0, MOST);
}

/** What goes back of the cash that was handed over for a total. Throws the Refusal tendered-too-little. */
export function changeOf(tendered, total) {
  if (tendered < total) throw new Refusal("tendered-too-little", { tendered, amount: total });
  return tendered - total;
}

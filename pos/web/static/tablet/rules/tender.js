// Cash at the counter: what people are likely to hand over, and what they get back.

import { MAX_AMOUNT, digitsOf } from "./money.js";
import { Refusal } from "./refusal.js";

const MOST = 4;
// Fives are put down for small sums only: nobody makes up 65 of 61. A twenty is put down alone.
const STEPS = [
  { step: 5, upTo: 20 },
  { step: 10, upTo: Infinity },
  { step: 20, upTo: 20 },
  { step: 50, upTo: Infinity },
  { step: 100, upTo: Infinity },
];

/**
 * The sums of cash to offer as a button each: the exact one, and what it comes to in the notes that people put down. At most four,
 * each above the one before.
 */
export function quickTenders(total, currency) {
  const unit = unitOf(total, currency);
  const steps = STEPS.filter(({ upTo }) => total <= upTo * unit).map(({ step }) => step * unit);
  const roundedUp = steps.map((step) => Math.ceil(total / step) * step).filter((amount) => amount <= MAX_AMOUNT);
  return [...new Set([total, ...roundedUp])].sort((one, other) => one - other).slice(0, MOST);
}

// The notes are counted in units of the currency; where the unit is the smallest coin (the yen), in hundreds, thousands and so on.
function unitOf(total, currency) {
  const digits = digitsOf(currency);
  return 10 ** (digits || Math.max(String(total).length - 2, 2));
}

/** What goes back of the cash that was handed over for a total. Throws the Refusal tendered-too-little. */
export function changeOf(tendered, total) {
  if (tendered < total) throw new Refusal("tendered-too-little", { tendered, amount: total });
  return tendered - total;
}

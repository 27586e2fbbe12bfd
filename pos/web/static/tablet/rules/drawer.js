// What lies in a drawer, piece by piece: the notes and coins that people have in their hands, in minor units, the largest first.
// Pieces that are hardly met (the half dollar, the note of 500 euros) are written as an amount beside them.

import { MAX_AMOUNT } from "./money.js";

const PIECES = {
  AUD: { notes: [10000, 5000, 2000, 1000, 500], coins: [200, 100, 50, 20, 10, 5] },
  CAD: { notes: [10000, 5000, 2000, 1000, 500], coins: [200, 100, 25, 10, 5] },
  CHF: { notes: [20000, 10000, 5000, 2000, 1000], coins: [500, 200, 100, 50, 20, 10, 5] },
  EUR: { notes: [20000, 10000, 5000, 2000, 1000, 500], coins: [200, 100, 50, 20, 10, 5, 2, 1] },
  GBP: { notes: [5000, 2000, 1000, 500], coins: [200, 100, 50, 20, 10, 5, 2, 1] },
  JPY: { notes: [10000, 5000, 1000], coins: [500, 100, 50, 10, 5, 1] },
  MXN: { notes: [100000, 50000, 20000, 10000, 5000, 2000], coins: [1000, 500, 200, 100, 50] },
  NZD: { notes: [10000, 5000, 2000, 1000, 500], coins: [200, 100, 50, 20, 10] },
  USD: { notes: [10000, 5000, 2000, 1000, 500, 200, 100], coins: [25, 10, 5, 1] },
};

/** `{notes, coins}` of a currency; null for one whose pieces are not known here: its drawer is told as one amount. */
export function piecesOf(currency) {
  return PIECES[currency] ?? null;
}

/**
 * What a drawer holds: so many of each piece (`{2000: "3"}` as it was typed; what is empty was not counted), and an `other` amount. Null if
 * nothing was counted yet, or if it is more than any drawer holds.
 */
export function drawerSum(counts, other) {
  const counted = Object.entries(counts).filter(([, count]) => count !== "");
  if (counted.length === 0 && other === null) return null;
  const sum = counted.reduce((all, [piece, count]) => all + Number(piece) * Number(count), other ?? 0);
  return sum <= MAX_AMOUNT ? sum : null;
}

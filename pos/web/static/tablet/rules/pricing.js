// What an order costs, from goods that have their price already, as pos/orders/pricing.py has it. Worked tables:
// docs/pricing.md.
//
// Discounts go first to the lines that they were given on, then to the whole order, each on what is left; what is taken
// off the order is spread over its lines by largest remainder. Tax is rounded half-up per line, from what is left of
// it. Where prices include tax it is taken out of the total, else it comes on top. A tip is outside of tax.

import { MAX_AMOUNT, percentOf, split, sumOf, taxInside, taxOnTop } from "./money.js";
import { Refusal } from "./refusal.js";

const IN_THIS_ORDER = ["comp", "manual", "coupon", "reward"];

/**
 * The order that these goods make. Throws the Refusal total-too-large, also for a sum that a discount would take off
 * again.
 *
 * @param {{id: any, quantity: number, unitPrice: number, taxRate: string}[]} goods one for each line
 * @param {{tip?: number, taxIncluded: boolean, discounts?: Discount[]}} terms a Discount is
 *   {kind, percent?, amount?, lineId?}: whole percent or minor units, off one line or (without `lineId`) off the order
 * @returns {{lines: {goods: object, subtotal: number, discount: number, total: number, tax: number,
 *   parts: {discount: object, off: number}[]}[], subtotal: number, discount: number, tax: number, tip: number,
 *   total: number, discounts: {discount: object, off: number}[]}} `total` is what the customer owes, tip included
 */
export function price(goods, { tip = 0, taxIncluded, discounts = [] }) {
  const lines = goods.map((each) => ({ goods: each, ...plain(each.quantity * each.unitPrice) }));
  const subtotal = requireBounded(sumOf(lines.map((line) => line.subtotal)));
  const granted = inTheirOrder(discounts).map((discount) => ({ discount, off: apply(discount, lines) }));
  for (const line of lines) line.tax = (taxIncluded ? taxInside : taxOnTop)(line.total, line.goods.taxRate);
  const [discount, tax] = [subtotal - sumOf(lines.map((line) => line.total)), sumOf(lines.map((line) => line.tax))];
  const total = requireBounded(subtotal - discount + (taxIncluded ? 0 : tax) + tip);
  return { lines, subtotal, discount, tax, tip, total, discounts: granted };
}

/** A line before anything is taken off it. */
function plain(subtotal) {
  return { subtotal, discount: 0, total: subtotal, tax: 0, parts: [] };
}

function requireBounded(amount) {
  if (amount > MAX_AMOUNT) throw new Refusal("total-too-large", { most: MAX_AMOUNT });
  return amount;
}

/** Those of lines first, then comps, those by hand, coupons, rewards. */
function inTheirOrder(discounts) {
  const rank = ({ kind, lineId = null }) => (lineId === null ? IN_THIS_ORDER.length : 0) + IN_THIS_ORDER.indexOf(kind);
  return [...discounts].sort((one, other) => rank(one) - rank(other));
}

/** Takes a discount off the lines that it reaches, and gives what it comes to: never more than there is. */
function apply(discount, lines) {
  const { percent = null, amount, lineId = null } = discount;
  const reached = lineId === null ? lines : lines.filter((line) => line.goods.id === lineId);
  const left = reached.map((line) => line.total);
  const off = percent === null ? Math.min(amount, sumOf(left)) : percentOf(sumOf(left), percent);
  split(off, left).forEach((part, index) => take(reached[index], discount, part));
  return off;
}

function take(line, discount, off) {
  if (!off) return;
  line.total -= off;
  line.discount += off;
  line.parts.push({ discount, off });
}

// What the customer in front of the counter is buying: one basket, kept while the window is there, priced as the server will.
import { computed, effect, signal } from "../ui.js";
import { localTime, priceOf } from "../rules/prices.js";
import { price } from "../rules/pricing.js";
import { catalog, clockError, here, productsById } from "./catalog.js";
import { newKey } from "./keys.js";
import { minute } from "./minute.js";

const NAME = "basket";
const NOBODY = { phone: null, is_walk_in: false, known: null };
const NOTHING = { subtotal: 0, discount: 0, tax: 0, tip: 0, total: 0 };
const EMPTY = {
  customer: NOBODY, name: "", lines: [], tip: 0, coupon: null, rewards: [], join: false, consent: null, wording_version: null,
  note: "", tab_name: "", discount: null, repairs: null, adds_to: null, missing: 0, store: null,
};
const KEPT = reachable(() => sessionStorage);

/**
 * The basket. `lines`: [{id, product_id, quantity, modifiers: [name], note, keyed_in, discount, sold_at}], where `sold_at` is the price of a
 * piece that was handed over at it already; `repairs` is the key of the refused sale that it mends,
 * `adds_to` the open order `{id, reference}` that it is a round of, `missing` how many lines of last time are not sold any more. `key` stands
 * for the basket exactly as it is, so that it can be sold once only, also by a window that was restored or doubled.
 */
export const basket = signal(restored());

// Prices by the hour go by the server's clock, if it is known by how much this one is off.
const local = computed(() => localTime(minute.value - clockError.value, catalog.value?.location.timezone ?? "UTC"));
/** A line with its price and what it is called, or with the refusal that its price met. */
export const lines = computed(() => basket.value.lines.map(priced));
export const isEmpty = computed(() => basket.value.lines.length === 0);
export const isSellable = computed(() => !isEmpty.value && !sums.value.refusal && lines.value.every((line) => !line.refusal));

/** Whether a discount was given by hand, for which a manager answers. */
export const isByHand = computed(() => Boolean(basket.value.discount) || basket.value.lines.some((line) => line.discount));

/** The sums by the tablet's own reckoning, or the refusal that they met. */
export const sums = computed(() => {
  const sellable = lines.value.filter((line) => !line.refusal);
  const terms = { tip: basket.value.tip, taxIncluded: catalog.value?.store.prices_include_tax ?? false, discounts: discounts() };
  try {
    return price(sellable.map(goods), terms);
  } catch (refusal) {
    return { ...NOTHING, refusal };
  }
});
export const count = computed(() => basket.value.lines.reduce((sum, line) => sum + line.quantity, 0));

/** Begins anew, for whoever is next. */
export function clear() {
  basket.value = { ...EMPTY, key: newKey(), store: here.peek()?.store ?? null };
}

export function change(what) {
  basket.value = { ...basket.value, ...what, key: newKey() };
}

/** Who buys: `{phone}`, with what is `known` of the customer, or a walk-in. */
export function serve(customer) {
  change({ customer: { ...NOBODY, ...customer }, rewards: [], join: false, consent: null });
}

/** One more of a product; of one that lies there in the same way already, the line grows. */
export function add(product, { modifiers = [], note = "", keyed_in = null, quantity = 1 } = {}) {
  const same = basket.value.lines.find((line) => line.product_id === product.id && alike(line, { modifiers, note, keyed_in }));
  if (same) return changeLine(same.id, { quantity: same.quantity + quantity });
  const line = { id: newKey(), product_id: product.id, quantity, modifiers, note, keyed_in, discount: null };
  return change({ lines: [...basket.value.lines, line] });
}

export function changeLine(id, what) {
  change({ lines: basket.value.lines.map((line) => (line.id === id ? changed(line, what) : line)).filter((line) => line.quantity > 0) });
}

/** Opens a refused sale again. Of one whose goods are gone each piece keeps the price at which it went. */
export function reopen(entry) {
  const soldAt = (index) => (entry.is_late ? entry.offline?.items[index].unit_price : undefined);
  change({ ...entry.basket, lines: entry.basket.lines.map((line, index) => ({ ...line, sold_at: soldAt(index) })), repairs: entry.key });
}

/** Puts in what an order was of, as far as it is still to be had as it was; false if something of it is not. */
export function again(order) {
  for (const line of order.lines) {
    const product = productsById.value.get(line.product_id);
    if (product) add(product, { modifiers: line.modifiers.map((each) => each.name), quantity: line.quantity });
  }
  change({ missing: order.lines.filter((line) => !productsById.value.has(line.product_id)).length });
  return basket.value.missing === 0 && isSellable.value;
}

/** The coupon without a limit that the catalogue holds under the code, if it is valid now. */
export function knownCoupon(code = basket.value.coupon) {
  const wanted = code?.replace(/\s/g, "").toUpperCase();
  const now = new Date().toISOString();
  return catalog.value?.coupons.find(({ code: each, starts_at: from, ends_at: to }) => each === wanted && (!from || from <= now) && (!to || now < to));
}

/** An item as the API takes it. With `asMade` it carries the price and the name, as a sale that was made already needs them. */
export function item(line, { asMade = false } = {}) {
  const { product, unit_price } = line;
  return {
    product_id: line.product_id,
    quantity: line.quantity,
    ...(line.modifiers.length && { modifiers: line.modifiers }),
    ...(line.note && { note: line.note }),
    ...(line.discount && { discount: line.discount }),
    ...((asMade || product.is_open_price) && { unit_price }),
    ...(asMade && { name: product.name }),
  };
}

function priced(line) {
  const product = productsById.value.get(line.product_id);
  if (!product) return { ...line, product: { name: "?" }, unit_price: 0, refusal: { slug: "not-for-sale" } };
  if (line.sold_at !== undefined) return { ...line, product, unit_price: line.sold_at };
  try {
    const { unitPrice } = priceOf(product, { chosen: line.modifiers, keyedIn: line.keyed_in, local: local.value });
    return { ...line, product, unit_price: unitPrice };
  } catch (refusal) {
    return { ...line, product, unit_price: 0, refusal };
  }
}

// Another choice is another thing, with a price of its own.
function changed(line, what) {
  const isOther = what.modifiers && JSON.stringify(what.modifiers) !== JSON.stringify(line.modifiers);
  return { ...line, ...what, ...(isOther && { sold_at: undefined }) };
}

function goods(line) {
  const taxRate = catalog.value.location.tax_rates[line.product.tax_class] ?? "0";
  return { id: line.id, quantity: line.quantity, unitPrice: line.unit_price, taxRate };
}

function discounts() {
  const { discount: ofOrder, lines: bought } = basket.value;
  const byHand = [...bought.map((line) => byHandOf(line.discount, line.id)), byHandOf(ofOrder)].filter(Boolean);
  const coupon = knownCoupon();
  return coupon ? [...byHand, { kind: "coupon", ...{ [coupon.discount_type === "percent" ? "percent" : "amount"]: coupon.amount } }] : byHand;
}

function byHandOf(given, lineId = null) {
  if (!given) return null;
  const what = given.comp ? { kind: "comp", percent: 100 } : { kind: "manual", percent: given.percent, amount: given.amount };
  return { ...what, lineId };
}

function alike(line, wanted) {
  return ["modifiers", "note", "keyed_in"].every((name) => JSON.stringify(line[name]) === JSON.stringify(wanted[name])) && !line.discount;
}

function restored() {
  return { ...EMPTY, key: newKey(), ...JSON.parse(KEPT?.getItem(NAME) ?? null) };
}

// A browser that keeps nothing for this address says so by an error.
function reachable(storage) {
  try {
    return storage();
  } catch {
    return null;
  }
}

// Who is served in one store is nobody's business in another.
effect(() => {
  if (here.value && here.value.store !== basket.peek().store) clear();
});

effect(() => KEPT?.setItem(NAME, JSON.stringify(basket.value)));

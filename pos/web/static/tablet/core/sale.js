// From the basket to the outbox: what a sale says, as it is asked for now and as one that has been made already.
import { changeOf } from "../rules/tender.js";
import { basket, change, clear, item, lines } from "./basket.js";
import { catalog, here } from "./catalog.js";
import { isOnline } from "./network.js";
import { find, put, update } from "./outbox.js";
import { cost, hint, total } from "./quote.js";
import { flush } from "./sender.js";
import { person } from "./session.js";

/** The sale that the basket mends was left to the owner in the meantime. */
export class LeftToTheOwner extends Error {}

/**
 * Sells the basket: writes it into the outbox and has it sent. `how`: {payment: {method, tendered}} or {payment_link: {send_sms}}, or
 * {} for a tab; `approval` is a manager's word for a discount by hand. Answers the entry's key. Throws NoRoom and
 * LeftToTheOwner; then nothing is sold and the basket is as it was.
 */
export async function sell(how, approval = null) {
  const entry = { ...entryOf(total.value === 0 ? {} : how), approval };
  await put(entry);
  if (find(entry.key)?.state === "handed") throw new LeftToTheOwner();
  clear();
  flush();
  return entry.key;
}

/** Whether a sale may be taken back: it waits for an answer, and hands out nothing without one. */
export function isReturnable({ state, is_late: isLate, offline }) {
  return state === "waiting" && isLate && !offline;
}

/** Takes such a sale back into the basket, to be sold otherwise; false if its answer has come meanwhile. The books are set right by the sender. */
export async function takeBack(entry) {
  await update(entry.key, "waiting", { state: "withdrawn", is_withdrawn: true, next_at: 0 });
  if (find(entry.key).state !== "withdrawn") return false;
  change({ ...entry.basket, repairs: null });
  flush();
  return true;
}

/** Empties a basket that was sold already: the browser was ended after the sale was kept and before the basket was emptied. */
export function forgetSold() {
  const known = find(keyOf(basket.value));
  if (known && known.state !== "refused") clear();
}

function keyOf(sold) {
  return sold.repairs ?? sold.key;
}

function entryOf(how) {
  const sold = basket.value;
  // The goods of a late sale are gone since then, however often it is repaired.
  const before = find(sold.repairs);
  const isLate = Boolean(before?.is_late);
  const madeAt = isLate ? before.made_at : new Date().toISOString();
  const madeBy = isLate ? before.made_by : (person.value?.id ?? null);
  const asked = { ...whoAndWhat(sold), ...how, expected_total: total.value };
  return {
    key: keyOf(sold),
    made_at: madeAt,
    made_by: madeBy,
    made_in: here.value,
    state: "waiting",
    is_late: isLate || !isOnline.value,
    tries: 0,
    failures: 0,
    next_at: 0,
    normal: { ...asked, items: lines.value.map((line) => item(line)), ...(sold.rewards.length && { rewards: sold.rewards }) },
    offline: asMade(sold, how, { ...asked, placed_at: madeAt, ...(madeBy && { user_id: madeBy }) }),
    basket: sold,
    shown: shownOf(sold, how),
    problem: null,
    order: null,
  };
}

function whoAndWhat({ customer, ...sold }) {
  const said = { name: sold.name, note: sold.note, tab_name: sold.tab_name, tip: sold.tip, coupon: sold.coupon, discount: sold.discount, join: sold.join };
  const known = Object.fromEntries(Object.entries(said).filter(([, value]) => value));
  const answer = sold.consent === null ? {} : { marketing_consent: sold.consent, wording_version: sold.wording_version };
  return { ...(customer.is_walk_in ? { walk_in: true } : { phone: customer.phone }), ...known, ...answer };
}

// Points and links need the network: such a sale waits until it can be asked for.
function asMade(sold, how, asked) {
  if (sold.rewards.length || how.payment_link) return null;
  return {
    ...asked,
    items: lines.value.map((line) => item(line, { asMade: true })),
    offline: true,
    catalog_version: catalog.value.catalog_version,
  };
}

function shownOf(sold, how) {
  const change = how.payment?.tendered === undefined ? 0 : changeOf(how.payment.tendered, total.value);
  return {
    total: total.value,
    discount: cost.value.discount,
    tax: cost.value.tax,
    tip: sold.tip,
    change,
    method: how.payment?.method ?? (how.payment_link ? "link" : total.value === 0 ? "nothing" : "tab"),
    is_texted: Boolean(how.payment_link?.send_sms),
    points: hint.value?.points ?? null,
    is_member: Boolean(sold.join || hint.value?.member),
    who: sold.customer.is_walk_in ? null : { phone: sold.customer.phone, name: sold.name || sold.customer.known?.name || "" },
    lines: lines.value.map((line) => ({ name: line.product.name, quantity: line.quantity, modifiers: line.modifiers, amount: line.unit_price * line.quantity })),
  };
}

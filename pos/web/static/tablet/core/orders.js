// What is done with orders that are in the books.
import { DAY_MS, startOfDay } from "../rules/day.js";
import { call } from "./api.js";

const LIVE_LINKS = new Set(["creating", "active"]);
const MOST = 200;

/** What `once` does to an order (core/once.js). */
export const acts = {
  pay: (order, body) => actOn(order, { kind: "pay", method: "POST", path: "/payments", body }),
  refund: (order, body) => actOn(order, { kind: "refund", method: "POST", path: "/refunds", body }),
  cancel: (order, body) => actOn(order, { kind: "cancel", method: "POST", path: "/cancel", body }),
  voidLine: (order, line, body, seen) => actOn(order, { kind: "void", method: "DELETE", path: `/lines/${line.id}`, body, seen }),
};

/** The link to pay by. Asked for twice it is the same one, so it needs no key. */
export const link = {
  ask: (order, body) => call("POST", `/orders/${order.id}/payment-link`, { body }),
  withdraw: (order) => call("DELETE", `/orders/${order.id}/payment-link`),
};

/**
 * The address of the orders that a list shows: what was `searched` for, else those of today. With `isOpen` those only that are open, also
 * of yesterday: a tab does not end at midnight. What the web shop still has to send is none of the counter's open orders.
 */
export function listPath({ location, searched, isOpen, limit }) {
  const since = new Date(startOfDay(Date.now() - (isOpen ? DAY_MS : 0), location.timezone)).toISOString();
  const asked = { location_id: location.id, limit: Math.min(limit, MOST), ...(isOpen && { status: "open", source: "counter" }), ...(searched ? { q: searched } : { since }) };
  return `/orders?${new URLSearchParams(asked)}`;
}

/** Whether the guest may still pay by the order's link. */
export function hasLiveLink(order) {
  return LIVE_LINKS.has(order?.payment_link?.status);
}

/** Whether the order was placed in the web shop, where alone it is changed, paid and given back. */
export function isOfWebShop({ source }) {
  return source === "woocommerce";
}

/** Whether more may go onto the order, or come off it: it is open, ours, and nobody has paid it or been given money back. */
export function isTab(order) {
  const { status, payment_status: paid } = order;
  return status === "open" && !isOfWebShop(order) && (paid === "unpaid" || paid === "partially_paid");
}

/** What was never paid. What was given back is due again in the books, but nobody asks the guest for it. */
export function owed(order) {
  return Math.max(order.amount_due - order.amount_refunded, 0);
}

/** Which way the money of the `refunds` goes: `{cash: 300, stripe: 500}`. */
export function backBy({ payments }, refunds) {
  const methods = new Map(payments.map(({ id, method }) => [id, method]));
  return refunds.reduce((sums, { payment_id: id, amount }) => ({ ...sums, [methods.get(id)]: (sums[methods.get(id)] ?? 0) + amount }), {});
}

/** What is held of the money that came in: so much can go back. */
export function held(order) {
  return order.amount_paid - order.amount_refunded;
}

/** What is told after an act was answered: the change to hand out, or which way money goes back; of any other act its kind and answer. */
export function newsOf({ kind }, answer) {
  if (kind === "pay") return { change: answer.change_due };
  return kind === "refund" ? { back: backBy(answer, answer.refunded) } : { kind, answer };
}

// `known` is what was in the order before, so that what came of the act can be told from it.
function actOn({ id, payments, refunds, voided_lines: voided }, act) {
  return { ...act, path: `/orders/${id}${act.path}`, known: [...payments, ...refunds, ...voided].map((each) => each.id) };
}

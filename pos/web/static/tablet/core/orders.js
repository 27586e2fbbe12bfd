// What is done with orders that are in the books. Each act takes `sent`: a manager's word, the tag of what was seen.
import { DAY_MS, startOfDay } from "../rules/day.js";
import { call } from "./api.js";
import { once } from "./once.js";

const LIVE_LINKS = new Set(["creating", "active"]);
const MOST = 200;

export const act = {
  pay: (order, body, sent) => once("POST", `/orders/${order.id}/payments`, { body, ...sent }),
  refund: (order, body, sent) => once("POST", `/orders/${order.id}/refunds`, { body, ...sent }),
  cancel: (order, body, sent) => once("POST", `/orders/${order.id}/cancel`, { body, ...sent }),
  voidLine: (order, line, body, sent) => call("DELETE", `/orders/${order.id}/lines/${line.id}`, { body, ...sent }),
  askForLink: (order, body) => call("POST", `/orders/${order.id}/payment-link`, { body }),
  withdrawLink: (order) => call("DELETE", `/orders/${order.id}/payment-link`),
};

/**
 * The address of the orders that a list shows: what was `searched` for, else those of today. With `isOpen` those only that are open, also
 * of yesterday: a tab does not end at midnight.
 */
export function listPath({ location, searched, isOpen, limit }) {
  const since = new Date(startOfDay(Date.now() - (isOpen ? DAY_MS : 0), location.timezone)).toISOString();
  const asked = { location_id: location.id, limit: Math.min(limit, MOST), ...(isOpen && { status: "open" }), ...(searched ? { q: searched } : { since }) };
  return `/orders?${new URLSearchParams(asked)}`;
}

/** Whether the guest may still pay by the order's link. */
export function hasLiveLink(order) {
  return LIVE_LINKS.has(order?.payment_link?.status);
}

/** Whether more may go onto the order, or come off it: it is open, and nobody has paid it or been given money back. */
export function isTab({ status, payment_status: paid }) {
  return status === "open" && (paid === "unpaid" || paid === "partially_paid");
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

// How far an order's money is, in a word.
import { html } from "../ui.js";
import { t } from "../words/index.js";

const KINDS = { paid: "good", unpaid: "warn", partially_paid: "warn", overpaid: "bad" };

export function OrderBadge({ order }) {
  const status = order.status === "canceled" ? "canceled" : order.payment_status;
  return html`<span class=${`badge ${KINDS[status] ?? ""}`}>${t(`status.${status}`)}</span>`;
}

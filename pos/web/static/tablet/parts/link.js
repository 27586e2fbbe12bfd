// A payment link on the counter: its QR code for the guest's phone, and how far it is.
import { html } from "../ui.js";
import { money, t } from "../words/index.js";

/** For an order as the API shows it, looked at every second by whoever shows this. */
export function LinkToPay({ order }) {
  const link = order.payment_link;
  if (order.payment_status === "paid") return html`<p class="notice good" role="status">${t("link.paid")}</p>`;
  if (!link) return null;
  if (!["creating", "active"].includes(link.status)) return html`<p class="notice warn" role="status">${t("link.ended")}</p>`;
  // The page's own host serves it too, whatever address guests are given.
  const image = link.qr_url && new URL(link.qr_url).pathname;
  return html`<figure class="link">
    <img src=${image} alt=${t("link.alt")} width="240" height="240" />
    <figcaption role="status">${t(link.declined_count ? "link.declined" : "link.scan", { amount: money(link.amount) })}</figcaption>
  </figure>`;
}

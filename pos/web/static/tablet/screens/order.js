// One order in the books: what is in it, what was paid, and all that may still be done with it.
import { html, useEffect, useRef, useState } from "../ui.js";
import { useLive } from "../core/live.js";
import { isOnline } from "../core/network.js";
import { unanswered } from "../core/once.js";
import { hasLiveLink, owed } from "../core/orders.js";
import { written } from "../core/phones.js";
import { LinkToPay } from "../parts/link.js";
import { OrderActs } from "../parts/order_acts.js";
import { OrderBadge } from "../parts/order_badge.js";
import { OrderBill } from "../parts/order_bill.js";
import { Problem } from "../parts/problem.js";
import { PrintReceipt } from "../parts/receipt.js";
import { Stale } from "../parts/stale.js";
import { UnansweredAct } from "../parts/unanswered.js";
import { money, place, t, when } from "../words/index.js";

const [WHILE_SOMETHING_IS_COMING, ELSE] = [1, 5];

export function Order({ id }) {
  const [seconds, setSeconds] = useState(ELSE);
  const [turn, setTurn] = useState(0);
  const [news, setNews] = useState({});
  const seen = useLive(`/orders/${id}`, seconds, turn);
  const { body: order, etag, refusal } = seen.value;
  const isComing = hasLiveLink(order) || Boolean(unanswered.value[id]);
  useEffect(() => setSeconds(isComing ? WHILE_SOMETHING_IS_COMING : ELSE), [isComing]);
  const tell = (told) => {
    setNews(told);
    setTurn(turn + 1);
  };
  const standing = html`<${UnansweredAct} id=${id} order=${order} tell=${tell} />`;
  if (!order) return html`${standing}<${Missing} refusal=${refusal} />`;
  return html`<article class="order">
    <${Heading} order=${order} />
    <${Stale} seen=${seen.value} />
    ${standing}
    <${News} news=${news} />
    <div class="order-parts">
      <${OrderBill} order=${order} etag=${etag} tell=${tell} />
      <div class="stack">
        ${isLinkOfInterest(order) && html`<${LinkToPay} order=${order} />`}
        <${OrderActs} order=${order} tell=${tell} />
        <${PrintReceipt} id=${order.id} />
        <${Customer} customer=${order.customer} />
      </div>
    </div>
  </article>`;
}

function Missing({ refusal }) {
  if (refusal) return html`<${Problem} error=${refusal} />`;
  return html`<p class="empty" role="status">${t(isOnline.value ? "orders.loading" : "orders.offline")}</p>`;
}

// A link that was withdrawn, or that a payment at the counter has ended, needs nobody any more.
function isLinkOfInterest(order) {
  const { payment_link: link, payment_status: paid } = order;
  if (link?.status === "completed" && paid === "paid") return true;
  return link && link.status !== "canceled" && (owed(order) > 0 || (hasLiveLink(order) && order.amount_due > 0));
}

function Heading({ order }) {
  const { reference, tab_name: tab, placed_at: placedAt, amount_refunded: back } = order;
  return html`<header>
    <p><a class="button" href="#/orders">${t("order.all")}</a></p>
    <h1>${t("done.booked", { reference })}</h1>
    <p class="row facts-row"><${OrderBadge} order=${order} />${tab && html`<strong>${tab}</strong>`}<time class="quiet" datetime=${placedAt}>${when(placedAt)}</time></p>
    ${back > 0 && html`<p class="due" role="status">${t("order.given_back", { amount: money(back) })}</p>`}
    ${owed(order) > 0 && html`<p class="due" role="status">${t("done.due", { amount: money(owed(order)) })}</p>`}
    ${order.cancel_reason && html`<p class="quiet">${t("order.canceled", { reason: order.cancel_reason })}</p>`}
  </header>`;
}

/** What came of the last act: change to hand out, where money went back to, or that somebody else was faster. */
function News({ news }) {
  const place = useRef(null);
  // The button of the act may stand far below.
  useEffect(() => place.current.firstElementChild?.scrollIntoView({ block: "center" }), [news]);
  return html`<div ref=${place}>
    ${news.refusal && html`<${Problem} error=${news.refusal} /><p>${t("order.as_it_is")}</p>`}
    ${news.change > 0 && html`<p class="change" role="status"><span>${t("done.change")}</span> <strong class="number">${money(news.change)}</strong></p>`}
    ${Object.entries(news.back ?? {}).map(([method, amount]) => html`<p key=${method} class="notice good" role="status">${t(`back.${method}`, { amount: money(amount) })}</p>`)}
  </div>`;
}

function Customer({ customer: { phone, name, member } }) {
  return html`<section class="card" aria-labelledby="customer"><h2 id="customer">${t("order.customer")}</h2>
    <p>${name || (phone ? written(phone, place.value.country) : t("basket.walk_in"))}${name && phone && html`<br /><span class="number quiet">${written(phone, place.value.country)}</span>`}</p>
    ${member && html`<p><span class="badge good">${member.level}</span> <span class="number">${t("points", { n: member.balance })}</span></p>`}
  </section>`;
}

// The orders of the day at this location, as they are now; and any other one by its reference.
import { html, useEffect, useState } from "../ui.js";
import { catalog } from "../core/catalog.js";
import { useLive } from "../core/live.js";
import { isOnline } from "../core/network.js";
import { listPath, owed } from "../core/orders.js";
import { written } from "../core/phones.js";
import { OrderBadge } from "../parts/order_badge.js";
import { Problem } from "../parts/problem.js";
import { Stale } from "../parts/stale.js";
import { money, place, t, when } from "../words/index.js";

const EVERY_SECONDS = 5;
const SEARCH_AFTER_MS = 300;
const [FEW, MOST] = [50, 200];
const LIKE_A_REFERENCE = /^[a-z0-9][a-z0-9 -]{4,8}[a-z0-9]$/i;
const FILTERS = {
  open: (order) => order.status === "open",
  unpaid: (order) => owed(order) > 0,
  all: () => true,
};

export function Orders() {
  const [typed, setTyped] = useState("");
  const [filter, setFilter] = useState("all");
  const searched = useCalm(typed.trim());
  return html`<div class="orders">
    <h1>${t("orders.title")}</h1>
    <label class="sr-only" for="find-order">${t("orders.find")}</label>
    <input id="find-order" type="search" placeholder=${t("orders.find")} value=${typed} maxlength="100" onInput=${(event) => setTyped(event.target.value)} autocomplete="off" spellcheck="false" />
    <div class="chips" role="group" aria-label=${t("orders.filter")}>
      ${Object.keys(FILTERS).map((each) => html`<button key=${each} aria-pressed=${each === filter} onClick=${() => setFilter(each)}>${t(`orders.${each}`)}</button>`)}
    </div>
    <${List} key=${`${filter} ${searched}`} filter=${filter} searched=${searched} />
  </div>`;
}

function List({ filter, searched }) {
  // Which of the open ones are unpaid is seen here only.
  const [limit, setLimit] = useState(filter === "unpaid" ? MOST : FEW);
  const seen = useLive(listPath({ location: catalog.value.location, searched, isOpen: filter !== "all", limit }), EVERY_SECONDS);
  const { body, refusal } = seen.value;
  const orders = (body?.data ?? []).filter(FILTERS[filter]);
  if (!body) return refusal ? html`<${Problem} error=${refusal} />` : html`<p class="empty" role="status">${t(isOnline.value ? "orders.loading" : "orders.offline")}</p>`;
  return html`<${Stale} seen=${seen.value} />
    ${orders.length > 0 ? html`<ul class="rows">${orders.map((order) => html`<${Row} key=${order.id} order=${order} />`)}</ul>` : !body.next && html`<${Nothing} filter=${filter} searched=${searched} />`}
    ${body.next && (limit < MOST ? html`<button onClick=${() => setLimit(limit + FEW)}>${t("orders.more")}</button>` : html`<p class="quiet">${t("orders.most", { n: MOST })}</p>`)}`;
}

function Row({ order }) {
  const who = order.tab_name || order.customer.name || written(order.customer.phone, place.value.country) || t("basket.walk_in");
  return html`<li><a class="card order-row" href=${`#/order/${order.id}`}>
    <strong class="reference">${order.reference}</strong>
    <span class="who">${who}</span>
    <time class="quiet small" datetime=${order.placed_at}>${when(order.placed_at)}</time>
    <${OrderBadge} order=${order} />
    <span class="number">${money(order.total)}</span>
  </a></li>`;
}

/** Of other days and places an order is found by its reference. */
function Nothing({ filter, searched }) {
  const reference = LIKE_A_REFERENCE.test(searched) ? searched : null;
  const seen = useLive(reference && `/orders/by-reference/${encodeURIComponent(reference)}`, EVERY_SECONDS);
  if (seen.value.body) return html`<p class="quiet">${t("orders.elsewhere")}</p><ul class="rows"><${Row} order=${seen.value.body} /></ul>`;
  return html`<p class="empty" role="status">${t(searched ? "orders.nothing_found" : `orders.none_${filter}`)}</p>`;
}

/** What was typed, once nobody has typed for a moment. */
function useCalm(typed) {
  const [calm, setCalm] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(typed), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return calm;
}

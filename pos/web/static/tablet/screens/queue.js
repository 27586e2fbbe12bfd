// The outbox as people see it: what waits, what needs somebody, what has gone through.
import { html } from "../ui.js";
import { isOnline } from "../core/network.js";
import { done, isFromHere, refused, waiting } from "../core/outbox.js";
import { hurry, isSending } from "../core/sender.js";
import { goodsOf } from "../parts/goods.js";
import { sentenceFor } from "../parts/problem.js";
import { Repair } from "../parts/repair.js";
import { TakeBack } from "../parts/take_back.js";
import { money, t, when } from "../words/index.js";

const MOST_SENT = 20;
// What has become of their money since, the order itself tells.
const PAID_LATER = new Set(["tab", "link"]);

export function Queue() {
  const sent = done.value.filter(isFromHere).slice(-MOST_SENT).reverse();
  return html`<div class="queue">
    <h1>${t("queue.title")}</h1>
    <p class="quiet" role="status">${t(isOnline.value ? "queue.online" : "queue.offline")}</p>
    <${Part} title=${t("queue.refused")} entries=${refused.value} empty=${t("queue.none_refused")} of=${RefusedEntry} />
    <${Part} title=${t("queue.waiting")} entries=${waiting.value} empty=${t("queue.none_waiting")} of=${WaitingEntry} />
    ${waiting.value.length > 0 && html`<button disabled=${isSending.value} onClick=${hurry}>${t("queue.send_now")}</button>`}
    <${Part} title=${t("queue.sent")} entries=${sent} empty=${t("queue.none_sent")} of=${Entry} />
  </div>`;
}

function Part({ title, entries: shown, empty, of: Each }) {
  return html`<section><h2>${title} <span class="badge">${shown.length}</span></h2>
    ${shown.length === 0 ? html`<p class="quiet">${empty}</p>` : html`<ul class="rows">${shown.map((entry) => html`<${Each} key=${entry.key} entry=${entry} />`)}</ul>`}
  </section>`;
}

function Entry({ entry, children }) {
  const { shown, order } = entry;
  return html`<li class="card">
    <p class="row"><strong>${order ? html`<a href=${`#/order/${order.id}`}>${order.reference}</a>` : when(entry.made_at)}</strong>
      <span>${shown.who?.name || shown.who?.phone || t("basket.walk_in")}</span>
      ${isFromHere(entry) && html`<span class="number">${money(order?.total ?? shown.total)}</span>`}
      ${!(order && PAID_LATER.has(shown.method)) && html`<span class="badge">${t(`method.${shown.method}`)}</span>`}
      ${entry.state === "handed" && html`<span class="badge warn">${t("queue.handed")}</span>`}
      ${entry.is_withdrawn && html`<span class="badge warn">${t(entry.state === "sent" ? "queue.paid_meanwhile" : "queue.taken_back")}</span>`}</p>
    <p class="quiet small">${goodsOf(shown.lines)}</p>
    ${!isFromHere(entry) && html`<p class="notice warn">${t("queue.elsewhere", entry.made_in)}</p>`}
    ${children}
  </li>`;
}

function WaitingEntry({ entry }) {
  return html`<${Entry} entry=${entry}><${TakeBack} entry=${entry} /><//>`;
}

function RefusedEntry({ entry }) {
  return html`<${Entry} entry=${entry}>
    <p class="notice bad">${sentenceFor(entry)}</p>
    <${Repair} entry=${entry} />
  <//>`;
}

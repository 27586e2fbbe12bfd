// The outbox as people see it: what waits, what needs somebody, what has gone through.
import { html } from "../ui.js";
import { isOnline } from "../core/network.js";
import { entries, isFromHere, refused, waiting } from "../core/outbox.js";
import { hurry, isSending } from "../core/sender.js";
import { sentenceFor } from "../parts/problem.js";
import { Repair } from "../parts/repair.js";
import { money, t, when } from "../words/index.js";

const MOST_SENT = 20;

export function Queue() {
  const sent = entries.value.filter((entry) => (entry.state === "sent" || entry.state === "handed") && isFromHere(entry)).slice(-MOST_SENT).reverse();
  return html`<div class="queue">
    <h1>${t("queue.title")}</h1>
    <p class="quiet" role="status">${t(isOnline.value ? "queue.online" : "queue.offline")}</p>
    <${Part} title=${t("queue.refused")} entries=${refused.value} empty=${t("queue.none_refused")} of=${RefusedEntry} />
    <${Part} title=${t("queue.waiting")} entries=${waiting.value} empty=${t("queue.none_waiting")} of=${Entry} />
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
  const goods = shown.lines.map((line) => `${line.quantity} × ${line.name}`).join(", ");
  return html`<li class="card">
    <p class="row"><strong>${order ? html`<a href=${`#/order/${order.id}`}>${order.reference}</a>` : when(entry.made_at)}</strong>
      <span>${shown.who?.name || shown.who?.phone || t("basket.walk_in")}</span>
      ${isFromHere(entry) && html`<span class="number">${money(order?.total ?? shown.total)}</span>`}
      <span class="badge">${t(`method.${shown.method}`)}</span>
      ${entry.state === "handed" && html`<span class="badge warn">${t("queue.handed")}</span>`}</p>
    <p class="quiet small">${goods}</p>
    ${!isFromHere(entry) && html`<p class="notice warn">${t("queue.elsewhere", entry.made_in)}</p>`}
    ${children}
  </li>`;
}

function RefusedEntry({ entry }) {
  return html`<${Entry} entry=${entry}>
    <p class="notice bad">${sentenceFor(entry)}</p>
    <${Repair} entry=${entry} />
  <//>`;
}

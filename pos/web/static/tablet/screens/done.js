// What came of the sale: the change, the reference, the points; a link to scan; or why it could not be booked.
import { html, useEffect } from "../ui.js";
import { useLive } from "../core/live.js";
import { find } from "../core/outbox.js";
import { written } from "../core/phones.js";
import { hurry } from "../core/sender.js";
import { PrintReceipt } from "../parts/receipt.js";
import { LinkToPay } from "../parts/link.js";
import { sentenceFor } from "../parts/problem.js";
import { Repair } from "../parts/repair.js";
import { TakeBack } from "../parts/take_back.js";
import { go } from "../route.js";
import { money, place, t } from "../words/index.js";

export function Done({ id }) {
  const entry = find(id);
  useEffect(() => { if (!entry) go(""); }, [Boolean(entry)]);
  if (!entry) return null;
  const Outcome = { sent: Booked, refused: Refused, waiting: Kept, handed: Kept, withdrawn: TakenBack, taken_back: TakenBack }[entry.state];
  return html`<div class="done">
    <${Outcome} entry=${entry} />
    <p><a class="button main next" href="#/">${t("done.next")}</a></p>
  </div>`;
}

function Kept({ entry }) {
  const { change, total, method } = entry.shown;
  return html`${method === "cash" && html`<${Change} amount=${change} />`}
    <h1>${t(entry.is_late ? "done.kept" : "done.sending", { amount: money(total) })}</h1>
    ${entry.is_late && html`<p class="notice warn" role="status">${t(entry.offline ? "done.kept_advice" : "done.needs_network")}</p>
      <div class="choices"><button onClick=${hurry}>${t("try_again")}</button><${PrintReceipt} entry=${entry} /></div><${TakeBack} entry=${entry} />`}`;
}

function TakenBack() {
  return html`<h1>${t("queue.taken_back")}</h1>`;
}

function Booked({ entry }) {
  const { order, shown } = entry;
  const seen = useLive(shown.method === "link" || shown.method === "tab" ? `/orders/${order.id}` : null, 1);
  const now = seen.value.body ?? order;
  const points = now.points?.earned;
  return html`${shown.method === "cash" && html`<${Change} amount=${order.change_due} />`}
    <h1>${t("done.booked", { reference: order.reference })}</h1>
    <p class="lead">${now.payment_status === "paid" ? t("done.paid", { amount: money(now.total) }) : t("done.due", { amount: money(now.amount_due) })}</p>
    ${shown.method === "tab" && now.tab_name && html`<p>${t("done.tab", { name: now.tab_name })}</p>`}
    ${points > 0 && html`<p class="notice good">${t("done.points", { n: points, balance: now.points.balance })}</p>`}
    ${shown.is_texted && now.customer && html`<p class="notice good">${t("done.texted", { phone: written(now.customer.phone, place.value.country) })}</p>`}
    ${shown.method === "link" && html`<${LinkToPay} order=${now} />`}
    <div class="choices">
      <a class="button" href=${`#/order/${order.id}`}>${t(now.amount_due > 0 ? "done.take_money" : "done.look")}</a>
      <${PrintReceipt} id=${order.id} />
    </div>`;
}

function Refused({ entry }) {
  return html`<h1>${t("done.refused")}</h1>
    <p class="notice bad" role="alert">${sentenceFor(entry)}</p>
    <${Repair} entry=${entry} />`;
}

function Change({ amount }) {
  return html`<p class="change" role="status"><span>${t("done.change")}</span> <strong class="number">${money(amount)}</strong></p>`;
}

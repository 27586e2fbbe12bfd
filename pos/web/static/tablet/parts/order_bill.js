// What is in an order: its lines, the sums, what was paid and what went back.
import { html, useState } from "../ui.js";
import { unanswered } from "../core/once.js";
import { isTab } from "../core/orders.js";
import { money, t } from "../words/index.js";
import { VoidLine } from "./give_back.js";

export function OrderBill({ order, etag, tell }) {
  const [voided, setVoided] = useState(null);
  const mayVoid = isTab(order) && order.lines.length > 1 && !unanswered.value[order.id];
  const close = () => setVoided(null);
  const done = (told) => {
    close();
    tell(told);
  };
  return html`<section class="card bill" aria-label=${t("order.bill")}>
    <ul>${order.lines.map((line) => html`<${Line} key=${line.id} line=${line} onVoid=${mayVoid && (() => setVoided(line))} />`)}
      ${order.voided_lines.map((line) => html`<li class="line quiet" key=${line.id}><s>${line.quantity} × ${line.name}</s><span>${t("order.voided", { reason: line.void_reason })}</span></li>`)}</ul>
    <${Rows} rows=${sumsOf(order)} />
    <${Money} order=${order} />
    ${voided && html`<${VoidLine} order=${order} line=${voided} etag=${etag} onClose=${close} onDone=${done} onChanged=${(refusal) => done({ refusal })} />`}
  </section>`;
}

function Line({ line, onVoid }) {
  const details = [...line.modifiers.map((each) => each.name), line.note].filter(Boolean).join(", ");
  return html`<li class="line">
    <span><strong class="number">${line.quantity} ×</strong> ${line.name}${details && html`<small class="quiet">${details}</small>`}</span>
    <span class="number">${money(line.subtotal)}</span>
    ${onVoid && html`<button class="plain" aria-label=${t("void.title", { name: line.name })} onClick=${onVoid}>✕</button>`}
  </li>`;
}

/** `[label, amount, isTotal]` of what an order comes to, without what is zero. */
export function sumsOf(order) {
  return [
    [t("sums.discount"), -order.discount],
    [t(order.tax_included ? "sums.tax_included" : "sums.tax"), order.tax],
    [t("sums.tip"), order.tip],
    [t("sums.shipping"), order.shipping],
    [t("sums.fees"), order.fees],
    [t("sums.total"), order.total, true],
  ].filter(([, amount, isTotal]) => amount || isTotal);
}

function Rows({ rows }) {
  return html`<dl class="sums">${rows.map(([label, amount, isTotal], index) => html`<div key=${index} class=${isTotal ? "total" : ""}><dt>${label}</dt><dd class="number">${money(amount)}</dd></div>`)}</dl>`;
}

function Money({ order: { payments, refunds, points } }) {
  const paid = payments.map((each) => [withStatus(t(`paid.${each.method}`), each.status), each.amount]);
  const back = refunds.map((each) => [withStatus([t("order.refund"), each.reason].filter(Boolean).join(": "), each.status), -each.amount]);
  return html`${paid.length > 0 && html`<h2>${t("order.payments")}</h2><${Rows} rows=${paid} />`}
    ${back.length > 0 && html`<h2>${t("order.refunds")}</h2><${Rows} rows=${back} />`}
    ${points && (points.earned > 0 || points.redeemed > 0) && html`<p class="quiet">${t("order.points", { earned: points.earned, redeemed: points.redeemed })}</p>`}`;
}

// That it went through needs no word.
function withStatus(what, status) {
  return status === "succeeded" ? what : `${what} (${t(`money_status.${status}`)})`;
}

// A receipt on 80 mm paper, by the browser's own printing: of an order in the books, or of a sale that only this tablet keeps.
import { onPaper } from "../../print/print.js";
import { html, render } from "../ui.js";
import { call, NoAnswer } from "../core/api.js";
import { catalog } from "../core/catalog.js";
import { entries } from "../core/outbox.js";
import { money, t, whenInFull } from "../words/index.js";
import { useBusy } from "./busy.js";
import { sumsOf } from "./order_bill.js";
import { Problem } from "./problem.js";

/** The button: for the order with this `id`, or for the `entry` of the outbox. */
export function PrintReceipt({ id, entry }) {
  const { run, isBusy, error } = useBusy();
  const print = () => run(async () => printOnPaper(entry ? ofEntry(entry) : await read(id)));
  return html`<button disabled=${isBusy} onClick=${print}>${t("receipt.print")}</button><${Problem} error=${error} />`;
}

/** What is printed of an order; without an answer it is what the outbox still knows of it. */
async function read(id) {
  try {
    const { body } = await call("GET", `/orders/${id}`);
    return ofOrder(body);
  } catch (error) {
    const sold = entries.value.find((entry) => entry.order?.id === id);
    if (error instanceof NoAnswer && sold) return ofEntry(sold);
    throw error;
  }
}

/** The receipt as an element of its own, drawn as the screens are. */
async function printOnPaper(receipt) {
  const place = document.createElement("div");
  place.className = "paper receipt";
  render(html`<${Receipt} ...${receipt} />`, place);
  try {
    await onPaper(place);
  } finally {
    render(null, place);
  }
}

function ofOrder(order) {
  const isBack = (refund) => ["pending", "succeeded"].includes(refund.status);
  return {
    reference: order.reference,
    at: order.placed_at,
    who: order.customer.name,
    lines: order.lines.map((line) => ({ ...line, modifiers: line.modifiers.map((each) => each.name), amount: line.subtotal })),
    sums: [[t("sums.subtotal"), order.subtotal], ...sumsOf(order)],
    money: [...order.payments.filter((each) => each.status === "succeeded").flatMap(paidRows), ...order.refunds.filter(isBack).map((each) => [t("order.refund"), -each.amount])],
    due: order.amount_due,
    points: order.points,
    qr: new URL(order.public_url).pathname.replace("/o/", "/p/") + ".svg",
  };
}

function paidRows({ method, amount, tendered }) {
  const paid = [t(`paid.${method}`), amount];
  return tendered > amount ? [paid, [t("receipt.tendered"), tendered], [t("done.change"), tendered - amount]] : [paid];
}

function ofEntry({ shown, order, made_at: at }) {
  const isPaid = ["cash", "card", "nothing"].includes(shown.method);
  const sums = [[t("sums.discount"), -shown.discount], [t(catalog.value.store.prices_include_tax ? "sums.tax_included" : "sums.tax"), shown.tax], [t("sums.tip"), shown.tip]];
  return {
    reference: order?.reference,
    at,
    who: shown.who?.name,
    lines: shown.lines,
    sums: [...sums.filter(([, amount]) => amount), [t("sums.total"), shown.total, true]],
    money: isPaid && shown.total > 0 ? paidRows({ method: shown.method, amount: shown.total, tendered: shown.total + shown.change }) : [],
    due: isPaid ? 0 : shown.total,
  };
}

function Receipt({ reference, at, who, lines, sums, money: moved, due, points, qr }) {
  const { store, location } = catalog.value;
  return html`<header><strong class="store">${store.name}</strong><p>${location.name}</p>${location.address && html`<p>${location.address}</p>`}</header>
    <p>${reference ? html`<strong>${t("done.booked", { reference })}</strong>` : html`<strong>${t("receipt.kept")}</strong>`}<br />${whenInFull(at)}${who && html`<br />${who}`}</p>
    <dl>${lines.map(({ name, quantity, modifiers, note, amount }, index) => html`<div key=${index}>
      <dt>${quantity} × ${name}${modifiers.length > 0 && html`<small>${modifiers.join(", ")}</small>`}${note && html`<small>${note}</small>`}</dt><dd>${money(amount)}</dd></div>`)}</dl>
    <${Rows} rows=${sums} />
    <${Rows} rows=${[...moved, ...(due > 0 ? [[t("receipt.due"), due, true]] : [])]} />
    ${points && html`<p>${points.earned > 0 && html`${t("receipt.points", { n: points.earned })}<br />`}${t("receipt.balance", { n: points.balance })}</p>`}
    ${qr && html`<figure><img src=${qr} alt="" width="130" height="130" /><figcaption>${t("receipt.scan")}</figcaption></figure>`}`;
}

function Rows({ rows }) {
  return rows.length > 0 && html`<dl>${rows.map(([label, amount, isTotal], index) => html`<div key=${index} class=${isTotal ? "total" : ""}><dt>${label}</dt><dd>${money(amount)}</dd></div>`)}</dl>`;
}

// The basket: who buys, what, what comes off, what it comes to.
import { html, useState } from "../ui.js";
import { basket, change, changeLine, isEmpty, isSellable, knownCoupon, lines, serve, sums } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { isOnline } from "../core/network.js";
import { asksServer, cost, hint, isPriced, refusal, total } from "../core/quote.js";
import { sell } from "../core/sale.js";
import { addRound } from "../core/tab.js";
import { go } from "../route.js";
import { money, t } from "../words/index.js";
import { useApprovalOfSale } from "./approval.js";
import { useBusy } from "./busy.js";
import { Dialog } from "./dialog.js";
import { HandDiscount } from "./hand_discount.js";
import { Join } from "./join.js";
import { Options } from "./options.js";
import { Problem, sentenceFor } from "./problem.js";

export function Basket({ onBack }) {
  return html`<aside class="basket" aria-label=${t("basket.title")}>
    <header class="row">
      <${Buyer} />
      <button class="plain narrow-only" onClick=${onBack}>${t("basket.back")}</button>
    </header>
    <div class="basket-scroll">
      ${basket.value.missing > 0 && html`<p class="notice warn">${t("basket.missing", { n: basket.value.missing })}</p>`}
      <${Lines} />
      ${!isEmpty.value && !basket.value.adds_to && html`<${Extras} />`}
    </div>
    <${Problem} error=${sums.value.refusal ?? refusal.value} />
    ${asksServer.value && !isOnline.value && html`<p class="notice warn" role="status">${t("basket.needs_network")}</p>`}
    <${Sums} />
    <${Ending} />
  </aside>`;
}

function Buyer() {
  const { customer, name, repairs, adds_to: tab } = basket.value;
  const { known } = customer;
  const said = customer.is_walk_in ? t("basket.walk_in") : known?.name || customer.phone || t("basket.nobody");
  return html`<div class="buyer">
    <h2 class="clamped">${said}</h2>
    ${tab && html`<p class="badge">${t("basket.round_of", { reference: tab.reference })}</p>`}
    ${repairs && html`<p class="badge warn">${t("basket.repairs")}</p>`}
    ${repairs && (customer.phone || customer.is_walk_in) && html`<button onClick=${() => serve({})}>${t("basket.somebody_else")}</button>`}
    ${known?.member && html`<p class="small"><span class="badge good">${known.member.level}</span> <span class="number">${t("points", { n: known.member.balance })}</span></p>`}
    ${!tab && !customer.phone && !customer.is_walk_in && html`<div class="row"><a class="button" href="#/">${t("basket.who")}</a><button onClick=${() => serve({ is_walk_in: true })}>${t("phone.walk_in")}</button></div>`}
    ${!tab && customer.phone && !known?.name && html`<label class="sr-only" for="name">${t("basket.name")}</label>
      <input id="name" placeholder=${t("basket.name")} maxlength="200" value=${name} onInput=${(event) => change({ name: event.target.value })} autocomplete="off" />`}
    ${!tab && customer.phone && html`<${Join} />`}
  </div>`;
}

function Lines() {
  const [edited, setEdited] = useState(null);
  if (isEmpty.value) return html`<p class="empty">${t("basket.empty")}</p>`;
  const line = lines.value.find((each) => each.id === edited);
  return html`<ul class="lines">
    ${lines.value.map((each) => html`<${Line} key=${each.id} line=${each} edit=${() => setEdited(each.id)} />`)}
  </ul>
  ${line && html`<${Options} product=${line.product} line=${line} onClose=${() => setEdited(null)} />`}`;
}

function Line({ line, edit }) {
  const details = [...line.modifiers, line.note].filter(Boolean).join(", ");
  return html`<li class="line">
    <button class="plain what" onClick=${edit} disabled=${!line.product.id}>
      <span><strong class="number">${line.quantity} ×</strong> ${line.product.name}${details && html`<small class="quiet">${details}</small>`}${line.discount && html`<small class="quiet">${t("discount.on_line")}</small>`}</span>
      <span class="number">${money(line.unit_price * line.quantity)}</span>
    </button>
    <button class="plain" aria-label=${t("basket.one_less", { name: line.product.name })} onClick=${() => changeLine(line.id, { quantity: line.quantity - 1 })}>−</button>
    ${line.refusal && html`<p class="advice">${sentenceFor(line.refusal)}</p>`}
  </li>`;
}

function Extras() {
  const { discount: given, note } = basket.value;
  return html`<div class="extras stack">
    <${Rewards} />
    <${Coupon} />
    <${HandDiscount} given=${given} give=${(wanted) => change({ discount: wanted })} />
    <label class="sr-only" for="order-note">${t("basket.note")}</label>
    <input id="order-note" placeholder=${t("basket.note")} maxlength="1000" value=${note} onInput=${(event) => change({ note: event.target.value })} />
  </div>`;
}

/** What the member has the points for. */
function Rewards() {
  const taken = basket.value.rewards;
  const enough = hint.value?.member ? hint.value.rewards.filter((reward) => reward.is_enough) : [];
  const isOffered = ({ id }) => taken.includes(id) || enough.some((reward) => reward.id === id);
  const offered = catalog.value.rewards.filter(isOffered);
  if (!offered.length) return null;
  const toggle = (id) => change({ rewards: taken.includes(id) ? taken.filter((each) => each !== id) : [...taken, id] });
  return html`<div class="chips" role="group" aria-label=${t("basket.rewards")}>
    ${offered.map(({ id, name, points }) => html`<button key=${id} aria-pressed=${taken.includes(id)} onClick=${() => toggle(id)}>${t("basket.use_points", { name, n: points })}</button>`)}
  </div>`;
}

function Coupon() {
  const [isOpen, setIsOpen] = useState(false);
  const [code, setCode] = useState("");
  const [isUnknown, setIsUnknown] = useState(false);
  const { coupon } = basket.value;
  if (coupon) {
    return html`<p class="row"><span>${t("coupon.taken", { code: coupon })}</span><button class="plain" onClick=${() => change({ coupon: null })}>${t("coupon.take_off")}</button></p>`;
  }
  const submit = (event) => {
    event.preventDefault();
    if (!isOnline.value && !knownCoupon(code)) return setIsUnknown(true);
    change({ coupon: code.trim() });
    return setIsOpen(false);
  };
  return html`<button class="plain" onClick=${() => setIsOpen(true)}>${t("coupon.title")}</button>
    ${isOpen && html`<${Dialog} title=${t("coupon.title")} onClose=${() => setIsOpen(false)}>
      <form class="stack" onSubmit=${submit}>
        <label for="coupon">${t("coupon.code")}</label>
        <input id="coupon" value=${code} required maxlength="40" autocapitalize="characters" autocomplete="off" onInput=${(event) => { setCode(event.target.value); setIsUnknown(false); }} />
        ${!isOnline.value && html`<p class="notice warn">${t("coupon.offline")}</p>`}
        ${isUnknown && html`<p class="advice" role="alert">${t("coupon.unknown_offline")}</p>`}
        <button class="main">${t("coupon.take")}</button>
      </form>
    <//>`}`;
}

function Sums() {
  const { discount, tax, tip } = cost.value;
  const isIncluded = catalog.value.store.prices_include_tax;
  const rows = [
    [t("sums.discount"), -discount],
    [t(isIncluded ? "sums.tax_included" : "sums.tax"), tax],
    [t("sums.tip"), tip],
  ].filter(([, amount]) => amount);
  return html`<dl class="sums">
    ${rows.map(([label, amount]) => html`<div key=${label}><dt>${label}</dt><dd class="number">${money(amount)}</dd></div>`)}
    <div class="total"><dt>${t("sums.total")}</dt><dd class="number">${money(total.value)}</dd></div>
    ${hint.value?.points > 0 && html`<div class="quiet"><dt>${t("sums.points")}</dt><dd class="number">${hint.value.points}</dd></div>`}
  </dl>`;
}

function Ending() {
  const { customer, adds_to: tab } = basket.value;
  const { run, isBusy, error } = useBusy();
  const isReady = tab ? isSellable.value : isPriced.value;
  const manager = useApprovalOfSale();
  if (tab) {
    const add = () => manager.ask((approval) => run(async () => { await addRound(approval); go("order", tab.id); }));
    return html`<${Problem} error=${error} /><button class="main" disabled=${!isReady || isBusy || !isOnline.value} onClick=${add}>${t("basket.add_round")}</button>
      ${!isOnline.value && html`<p class="advice">${t("basket.round_offline")}</p>`}${manager.dialog}`;
  }
  const isSomebody = customer.phone || customer.is_walk_in;
  return html`<div class="ending">
    <${KeepAsTab} isReady=${isReady && isSomebody} />
    <button class="main" disabled=${!isReady || !isSomebody} onClick=${() => go("pay")}>${t("basket.pay", { amount: money(total.value) })}</button>
  </div>`;
}

function KeepAsTab({ isReady }) {
  const [isOpen, setIsOpen] = useState(false);
  const { run, isBusy, error } = useBusy();
  const manager = useApprovalOfSale();
  const submit = (event) => {
    event.preventDefault();
    manager.ask((approval) => run(async () => go("done", await sell({}, approval))));
  };
  return html`<button disabled=${!isReady} onClick=${() => setIsOpen(true)}>${t("tab.keep")}</button>
    ${isOpen && html`<${Dialog} title=${t("tab.keep")} onClose=${() => setIsOpen(false)}>
      <form class="stack" onSubmit=${submit}>
        <label for="tab-name">${t("tab.name")}</label>
        <input id="tab-name" maxlength="100" value=${basket.value.tab_name} onInput=${(event) => change({ tab_name: event.target.value })} />
        <${Problem} error=${error} />
        <button class="main" disabled=${isBusy}>${t("tab.open")}</button>
      </form>
    <//>`}${manager.dialog}`;
}

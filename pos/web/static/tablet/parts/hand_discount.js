// A discount by hand: percent, amount or all of it, always with the reason. A manager answers for it, here or by PIN at the sale.
import { html, useState } from "../ui.js";
import { money, percent, t } from "../words/index.js";
import { Amount } from "./amount.js";

const PERCENTS = [5, 10, 20, 50];

/** `given` is what there is; `give(discount or null)` sets it. */
export function HandDiscount({ given, give }) {
  const [isOpen, setIsOpen] = useState(false);
  if (given) {
    return html`<p class="row"><span>${t("discount.given", { what: written(given) })}</span><button type="button" class="plain" onClick=${() => give(null)}>${t("discount.take_off")}</button></p>`;
  }
  if (!isOpen) return html`<button type="button" class="plain" onClick=${() => setIsOpen(true)}>${t("discount.give")}</button>`;
  return html`<${Form} give=${(discount) => { give(discount); setIsOpen(false); }} />`;
}

function Form({ give }) {
  const [reason, setReason] = useState("");
  const [way, setWay] = useState({ percent: 10 });
  return html`<fieldset class="stack">
    <legend>${t("discount.give")}</legend>
    <div class="chips">
      ${PERCENTS.map((each) => html`<button type="button" key=${each} aria-pressed=${way.percent === each} onClick=${() => setWay({ percent: each })}>${percent(each)}</button>`)}
      <button type="button" aria-pressed=${Boolean(way.comp)} onClick=${() => setWay({ comp: true })}>${t("discount.comp")}</button>
    </div>
    <${Amount} label=${t("discount.amount")} value=${way.amount ?? null} onChange=${(amount) => setWay(amount ? { amount } : { percent: 10 })} />
    <label for="reason">${t("discount.reason")}</label>
    <input id="reason" maxlength="500" value=${reason} onInput=${(event) => setReason(event.target.value)} />
    <button type="button" disabled=${!reason.trim()} onClick=${() => give({ ...way, reason: reason.trim() })}>${t("discount.do")}</button>
  </fieldset>`;
}

function written({ percent: off, amount, comp }) {
  if (comp) return t("discount.comp");
  return off ? percent(off) : money(amount);
}

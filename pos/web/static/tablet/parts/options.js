// How a product is wanted: choices, how many, the price where it is open, a note. For a line that lies in the basket, or one to come.
import { html, useState } from "../ui.js";
import { changeLine } from "../core/basket.js";
import { money, t } from "../words/index.js";
import { Amount } from "./amount.js";
import { Dialog } from "./dialog.js";
import { HandDiscount } from "./hand_discount.js";
import { Stepper } from "./stepper.js";

/** For `product`, which `put(product, how)` lays into the basket, or for the basket's `line` of it. */
export function Options({ product, line, put, onClose }) {
  const [wanted, setWanted] = useState({ modifiers: line?.modifiers ?? [], quantity: line?.quantity ?? 1, note: line?.note ?? "", keyed_in: line?.keyed_in ?? null });
  const set = (what) => setWanted({ ...wanted, ...what });
  const missing = product.modifiers.find((group) => chosenOf(group, wanted.modifiers).length < group.min);
  const submit = (event) => {
    event.preventDefault();
    if (line) changeLine(line.id, wanted);
    else put(product, wanted);
    onClose();
  };
  return html`<${Dialog} title=${product.name} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      ${product.modifiers.map((group) => html`<${Group} key=${group.name} group=${group} chosen=${wanted.modifiers} choose=${(modifiers) => set({ modifiers })} />`)}
      ${product.is_open_price && html`<${Amount} label=${t("options.price")} value=${wanted.keyed_in} onChange=${(keyed_in) => set({ keyed_in })} />`}
      <${Stepper} label=${t("options.quantity")} value=${wanted.quantity} least=${line ? 0 : 1} onChange=${(quantity) => set({ quantity })} />
      <label for="note">${t("options.note")}</label>
      <input id="note" maxlength="500" value=${wanted.note} onInput=${(event) => set({ note: event.target.value })} />
      ${line && html`<${HandDiscount} given=${line.discount} give=${(discount) => changeLine(line.id, { discount })} />`}
      ${missing && html`<p class="advice">${t("options.choose", { group: missing.name })}</p>`}
      <button class="main" disabled=${Boolean(missing) || (product.is_open_price && wanted.keyed_in === null)}>
        ${wanted.quantity === 0 ? t("options.remove") : line ? t("options.change") : t("options.add")}
      </button>
      ${line && html`<button type="button" class="danger" onClick=${() => { changeLine(line.id, { quantity: 0 }); onClose(); }}>${t("options.remove")}</button>`}
    </form>
  <//>`;
}

function Group({ group, chosen, choose }) {
  const taken = chosenOf(group, chosen);
  const toggle = (name) => {
    const others = chosen.filter((each) => each !== name);
    if (taken.includes(name)) return choose(others);
    const makesRoom = taken.length >= group.max ? others.filter((each) => each !== taken[0]) : others;
    return choose([...makesRoom, name]);
  };
  return html`<fieldset>
    <legend>${group.name} <span class="quiet small">${t("options.up_to", { n: group.max })}</span></legend>
    <div class="chips">
      ${group.choices.map(({ name, price }) => html`<button type="button" key=${name} aria-pressed=${taken.includes(name)} onClick=${() => toggle(name)}>
        ${name}${price ? html` <span class="quiet number">+${money(price)}</span>` : ""}
      </button>`)}
    </div>
  </fieldset>`;
}

function chosenOf(group, chosen) {
  const offered = new Set(group.choices.map((choice) => choice.name));
  return chosen.filter((name) => offered.has(name));
}

// The bar: which station, what was tapped last, what was handed over, whether it can be heard.
import { html } from "../../tablet/ui.js";
import { board, kitchen } from "../core/board.js";
import { station } from "../core/choices.js";
import { undo, undoable } from "../core/taps.js";
import { nameOf, t } from "../words/index.js";

/** `open(name)` shows a dialog: "recent" or "settings". */
export function Bar({ open }) {
  return html`<header class="bar">
    <h1 class="sr-only">${t("kitchen.title", { location: kitchen.value?.location.name ?? "" })}</h1>
    <${Stations} />
    <span class="count quiet small" role="status">${board.value && t("kitchen.tickets", { n: board.value.tickets.length })}</span>
    <span class="acts-of-bar">
      <${Undo} />
      <button onClick=${() => open("recent")}>${t("kitchen.recent")}</button>
      <button class="plain" aria-label=${t("kitchen.settings")} onClick=${() => open("settings")}>⚙</button>
    </span>
  </header>`;
}

function Stations() {
  const stations = kitchen.value?.stations ?? [];
  if (stations.length === 0 && !station.value) return null;
  return html`<label class="station"><span class="sr-only">${t("kitchen.station")}</span>
    <select value=${station.value} onChange=${(event) => { station.value = event.target.value; }}>
      <option value="">${t("kitchen.all")}</option>
      ${stations.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}
      <option value="none">${t("kitchen.rest")}</option>
    </select>
  </label>`;
}

/** The last act of this screen, for a minute. */
function Undo() {
  const last = undoable.value;
  if (!last) return null;
  return html`<button class="undo" onClick=${undo}><strong>${t("kitchen.undo")}</strong>
    <span class="small">${t("kitchen.undo_what", { reference: last.about.reference, act: nameOf(last.act) })}</span></button>`;
}

// What was handed over lately, to bring back what was tapped away by mistake, or comes back from the guest.
import { html } from "../../tablet/ui.js";
import { Dialog } from "../../tablet/parts/dialog.js";
import { board } from "../core/board.js";
import { tap } from "../core/taps.js";
import { recallOf } from "../rules/making.js";
import { stationName, t, timeOf } from "../words/index.js";

export function Recent({ onClose }) {
  const recent = board.value?.recent ?? [];
  return html`<${Dialog} title=${t("kitchen.recent_title")} onClose=${onClose}>
    ${recent.length === 0 && html`<p class="empty">${t("kitchen.recent_none")}</p>`}
    <ul class="stack">${recent.map((ticket) => html`<li key=${ticket.key}><${Row} ticket=${ticket} /></li>`)}</ul>
  <//>`;
}

function Row({ ticket }) {
  const { reference, tab_name: tab, customer_name: customer, station, fired_at: firedAt, lines } = ticket;
  const made = lines.map((part) => `${part.quantity} × ${part.name}`).join(", ");
  return html`<div class="card row recent">
    <p><strong>${reference} ${tab || customer || ""}</strong> <span class="quiet small">${stationName(station)}, ${timeOf(firedAt)}</span><br />${made}</p>
    <button aria-label=${t("kitchen.recall_name", { reference })} onClick=${() => tap(recallOf(ticket), ticket)}>${t("kitchen.recall")}</button>
  </div>`;
}

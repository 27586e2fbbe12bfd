// A ticket on paper, by the device's own printing.
import { html } from "../../tablet/ui.js";
import { call } from "../../tablet/core/api.js";
import { useBusy } from "../../tablet/parts/busy.js";
import { Problem } from "../../tablet/parts/problem.js";
import { printed } from "../../print/print.js";
import { language, t } from "../words/index.js";

/** The paper comes from the server, so it takes the network. */
export function Print({ ticket }) {
  const { run, isBusy, error } = useBusy();
  return html`<button class="print" disabled=${isBusy} onClick=${() => run(() => print(ticket))}>${t("kitchen.print")}<span class="sr-only"> ${ticket.reference}</span></button>
    <${Problem} error=${error} />`;
}

async function print({ order_id: id, round, station_id: station }) {
  const asked = new URLSearchParams({ round, station_id: station ?? "none", language: language.value });
  const { body } = await call("GET", `/orders/${id}/ticket?${asked}`);
  await printed(body);
}

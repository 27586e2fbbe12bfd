// What stands on the kitchen's screen.
import { html, useErrorBoundary, useState } from "../tablet/ui.js";
import { isRevoked, register } from "../tablet/core/session.js";
import { enrolment } from "../tablet/route.js";
import { Broken } from "../tablet/screens/broken.js";
import { Enrol } from "../tablet/screens/enrol.js";
import { board, kitchen, look, lostSince } from "./core/board.js";
import { Bar } from "./parts/bar.js";
import { Notices } from "./parts/notices.js";
import { Recent } from "./parts/recent.js";
import { Settings } from "./parts/settings.js";
import { Ticket } from "./parts/ticket.js";
import { t } from "./words/index.js";

const DIALOGS = { recent: Recent, settings: Settings };

/** The whole screen. Whoever stands at it needs no name: the device is a register of the location. */
export function App() {
  const [error, reset] = useErrorBoundary(reportError);
  const [dialog, setDialog] = useState(null);
  const Opened = DIALOGS[dialog];
  if (error) return html`<${Broken} tryAgain=${reset} />`;
  if (!register.value || isRevoked.value || enrolment.value) return html`<${Enrol} key=${enrolment.value?.code} afterwards=${look} />`;
  return html`<${Bar} open=${setDialog} /><${Notices} />
    <main class="screen"><${Board} /></main>
    ${Opened && html`<${Opened} onClose=${() => setDialog(null)} />`}`;
}

function Board() {
  if (!board.value) return html`<p class="empty" role="status">${t(lostSince.value ? "kitchen.unknown_here" : "kitchen.loading")}</p>`;
  const { tickets } = board.value;
  return html`
    ${kitchen.value.older > 0 && html`<p class="notice warn">${t("kitchen.older", { n: kitchen.value.older })}</p>`}
    ${tickets.length === 0 && html`<div class="empty" role="status"><p class="lead">${t("kitchen.empty")}</p><p>${t("kitchen.empty_advice")}</p></div>`}
    <ol class="tickets">${tickets.map((ticket) => html`<li key=${ticket.key}><${Ticket} ticket=${ticket} /></li>`)}</ol>`;
}

// The bar of all screens: where to go, whether the sales are through, who stands here.
import { html } from "../ui.js";
import { isOnline } from "../core/network.js";
import { refused, waiting } from "../core/outbox.js";
import { lock, person, register } from "../core/session.js";
import { route } from "../route.js";
import { t } from "../words/index.js";
import { ShiftMark } from "./shift_mark.js";

const AT_THE_COUNTER = new Set(["", "sell", "pay", "done"]);
// Where even a phone has room for a second line.
const WITH_ROOM = new Set(["", "shift", "report", "settings"]);

export function Bar() {
  const { screen } = route.value;
  return html`<header class=${WITH_ROOM.has(screen) ? "bar with-room" : "bar"}>
    <nav aria-label=${t("bar.where")}>
      <a href="#/" aria-current=${AT_THE_COUNTER.has(screen) ? "page" : "false"}>${t("bar.sell")}</a>
      <a href="#/orders" aria-current=${screen.startsWith("order") ? "page" : "false"}>${t("bar.orders")}</a>
    </nav>
    <${ShiftMark} />
    <${QueueBadge} />
    <a class="button plain" href="#/settings" title=${register.value.name} aria-label=${t("bar.settings")}>⚙</a>
    <button class="who" onClick=${lock}>${person.value.name}<span class="small quiet">${t("bar.lock")}</span></button>
  </header>`;
}

/** How many sales wait or need somebody; always in sight. */
function QueueBadge() {
  const [late, wrong] = [waiting.value.length, refused.value.length];
  const kind = wrong ? "bad" : late || !isOnline.value ? "warn" : "good";
  const said = wrong ? t("bar.refused", { n: wrong }) : late ? t("bar.waiting", { n: late }) : t("bar.all_sent");
  return html`<a class=${`badge queue-badge ${kind}`} href="#/queue"><span role="status">
    ${!isOnline.value && html`<strong>${t("bar.offline")}</strong> `}${said}
  </span></a>`;
}

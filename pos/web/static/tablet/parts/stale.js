// What is shown is as it was when the server last answered.
import { html } from "../ui.js";
import { isOnline } from "../core/network.js";
import { t, when } from "../words/index.js";

/** For what `useLive` has seen. */
export function Stale({ seen: { at, isStale } }) {
  return isStale || !isOnline.value ? html`<p class="notice warn" role="status">${t("orders.stale", { at: when(at) })}</p>` : null;
}

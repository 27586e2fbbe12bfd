import { html } from "../ui.js";
export function Order() { return html`<p class="empty">…</p>`; }

import { html } from "../ui.js";
export function Orders() { return html`<p class="empty">…</p>`; }

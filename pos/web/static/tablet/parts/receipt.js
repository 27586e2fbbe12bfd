import { html } from "../ui.js";
export function PrintReceipt() { return html`<span></span>`; }

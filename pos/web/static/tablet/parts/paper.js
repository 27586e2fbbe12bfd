// A document as the printer will have it, block by block, in the width of its paper.
import { html } from "../ui.js";

const BLOCKS = { text: Text, pair: Pair, rule: () => html`<hr />`, space: () => html`<br />`, qr: () => null };

/** `{title, blocks}` as the API gives papers. */
export function Paper({ paper: { title, blocks } }) {
  return html`<div class="paper" role="document" aria-label=${title}>${blocks.map((block, index) => html`<${BLOCKS[block.kind] ?? Text} key=${index} ...${block} />`)}</div>`;
}

function Text({ text, align = "left", bold, size = 1 }) {
  return html`<p class=${`${align}${bold ? " bold" : ""}${size > 1 ? " large" : ""}`}>${text}</p>`;
}

function Pair({ left, right, bold }) {
  return html`<p class=${`pair${bold ? " bold" : ""}`}><span>${left}</span> <span class="number">${right}</span></p>`;
}

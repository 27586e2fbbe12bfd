// A document as the printer will have it, in the width of its paper.
import { html, useEffect, useRef } from "../ui.js";
import { drawn } from "../../print/print.js";

/** Of a `paper` as the API gives it. */
export function Paper({ paper }) {
  const place = useRef(null);
  useEffect(() => { place.current.replaceChildren(drawn(paper)); }, [paper]);
  return html`<section class="sheet" aria-label=${paper.title} ref=${place}></section>`;
}

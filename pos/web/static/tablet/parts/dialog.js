// A dialog of the browser's own: it holds the focus, and Escape closes it.
import { html, useEffect, useId, useRef } from "../ui.js";
import { t } from "../words/index.js";

/** Shows its children above the screen until `onClose`. */
export function Dialog({ title, onClose, children }) {
  const [element, titleId] = [useRef(null), useId()];
  useEffect(() => { element.current.showModal(); }, []);
  return html`<dialog ref=${element} aria-labelledby=${titleId} onClose=${onClose}>
    <header>
      <h2 id=${titleId}>${title}</h2>
      <button class="plain" onClick=${() => element.current.close()}>${t("close")}</button>
    </header>
    ${children}
  </dialog>`;
}

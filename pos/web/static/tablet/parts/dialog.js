// A dialog of the browser's own: it holds the focus, and Escape closes it.
import { html, useId, useLayoutEffect, useRef } from "../ui.js";
import { t } from "../words/index.js";

const CHOICES = ":scope > :not(header) :is(input, button):not(:disabled)";

/** Shows its children above the screen until `onClose`. The first field or choice has the focus, unless a child asks for it. */
export function Dialog({ title, onClose, children }) {
  const [element, titleId] = [useRef(null), useId()];
  // Before the effects of the children, which can only focus what is shown.
  useLayoutEffect(() => {
    element.current.showModal();
    element.current.querySelector(CHOICES)?.focus();
  }, []);
  return html`<dialog ref=${element} aria-labelledby=${titleId} onClose=${onClose}>
    <header>
      <h2 id=${titleId}>${title}</h2>
      <button class="plain" onClick=${() => element.current.close()}>${t("close")}</button>
    </header>
    ${children}
  </dialog>`;
}

// A dialog for one act on an order in the books: what has no answer is repeated as it was, and happens once (core/once.js).
import { html, useState } from "../ui.js";
import { NoAnswer } from "../core/api.js";
import { isManager } from "../core/session.js";
import { t } from "../words/index.js";
import { useApproval } from "./approval.js";
import { useBusy } from "./busy.js";
import { Dialog } from "./dialog.js";
import { Problem } from "./problem.js";

const ASK_A_MANAGER = new Set(["approval-required", "approval-expired"]);
const CHANGED_MEANWHILE = new Set([409, 412]);

/**
 * The children are the act's fields, `verb` its button. `send({approval})` does it; then `onDone(answer)` is called, or `onChanged(refusal)`
 * if the order is not as it was when somebody looked.
 */
export function Act({ title, verb, send, onDone, onChanged, onClose, isReady = true, needsManager = false, isDangerous = false, children }) {
  const [given, setGiven] = useState(null);
  const { run, isBusy, error } = useBusy();
  const manager = useApproval();
  const isUnclear = error instanceof NoAnswer || error?.status >= 500;
  const attempt = (approval) => run(async () => {
    setGiven(approval);
    try {
      onDone(await send({ approval }));
    } catch (refusal) {
      if (ASK_A_MANAGER.has(refusal.slug)) manager.ask(attempt);
      else if (CHANGED_MEANWHILE.has(refusal.status)) onChanged(refusal);
      else throw refusal;
    }
  });
  const submit = (event) => {
    event.preventDefault();
    if (needsManager && !isManager.value && !given) manager.ask(attempt);
    else attempt(given);
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <fieldset class="bare stack" disabled=${isBusy || isUnclear}>${children}</fieldset>
      <${Problem} error=${error} />
      ${isUnclear && html`<p>${t("act.unclear")}</p>`}
      <button class=${isDangerous ? "main bad" : "main"} disabled=${isBusy || !isReady}>${isUnclear ? t("try_again") : verb}</button>
    </form>
  <//>${manager.dialog}`;
}

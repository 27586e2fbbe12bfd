// A dialog for one act on an order in the books. Without an answer it closes: the act then stands at the order (parts/unanswered.js).
import { html, useState } from "../ui.js";
import { once, unanswered } from "../core/once.js";
import { newsOf } from "../core/orders.js";
import { isManager } from "../core/session.js";
import { useApproval } from "./approval.js";
import { useBusy } from "./busy.js";
import { Dialog } from "./dialog.js";
import { Problem } from "./problem.js";

const ASK_A_MANAGER = new Set(["approval-required", "approval-expired"]);
const CHANGED_MEANWHILE = new Set([409, 412]);

/**
 * The children are the act's fields, `verb` its button, `name` what it is called where it stands without an answer. Then
 * `onDone(news)` is called (core/orders.js newsOf), or `onChanged(refusal)` if the order is not as it was when somebody looked.
 */
export function Act({ title, verb, name = verb, order, act, onDone, onChanged, onClose, isReady = true, needsManager = false, isDangerous = false, children }) {
  const onRefused = (refusal) => {
    if (unanswered.value[order.id]) onClose();
    else if (CHANGED_MEANWHILE.has(refusal.status)) onChanged(refusal);
    else throw refusal;
  };
  const { start, isBusy, error, approval } = useAct(order.id, { ...act, title: name }, { onDone, onRefused });
  const submit = (event) => {
    event.preventDefault();
    start(needsManager);
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <fieldset class="bare stack" disabled=${isBusy}>${children}</fieldset>
      <${Problem} error=${error} />
      <button class=${isDangerous ? "main bad" : "main"} disabled=${isBusy || !isReady}>${verb}</button>
    </form>
  <//>${approval}`;
}

/**
 * `{start, isBusy, error, approval}`: `start(needsManager)` does the act, and has a manager approve it where that is needed; `approval` is
 * the dialog for that. What `onRefused(error)` throws becomes the `error`.
 */
export function useAct(orderId, act, { onDone, onRefused }) {
  const [given, setGiven] = useState(null);
  const { run, isBusy, error } = useBusy();
  const manager = useApproval();
  const attempt = (approval) => run(async () => {
    setGiven(approval);
    try {
      const { body } = await once(orderId, act, approval);
      onDone(newsOf(act, body));
    } catch (refusal) {
      if (ASK_A_MANAGER.has(refusal.slug)) manager.ask(attempt);
      else onRefused(refusal);
    }
  });
  const start = (needsManager) => (needsManager && !isManager.value && !given ? manager.ask(attempt) : attempt(given));
  return { start, isBusy, error, approval: manager.dialog };
}

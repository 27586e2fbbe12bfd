// What was done to an order and got no answer: it is tried again, under its key, before anything else is done to that order.
import { html, useEffect, useRef } from "../ui.js";
import { recall, unanswered } from "../core/once.js";
import { shownOf } from "../rules/shown.js";
import { money, t } from "../words/index.js";
import { useAct } from "./act.js";
import { Problem } from "./problem.js";

/**
 * For the order with this `id`; `order` is what is known of it, if anything. `tell({change, back, refusal})` hears what came of the act. What
 * is no order has `words` of its own.
 */
export function UnansweredAct({ id, order, tell, words = "unanswered.what" }) {
  useEffect(() => { recall(id); }, [id]);
  const act = unanswered.value[id];
  return act ? html`<${Standing} key=${act.key} id=${id} act=${act} order=${order} tell=${tell} words=${words} />` : null;
}

function Standing({ id, act, order, tell, words }) {
  const element = useRef(null);
  // The button of the act may stand far below.
  useEffect(() => element.current.scrollIntoView({ block: "center" }), []);
  const onRefused = (refusal) => {
    if (unanswered.value[id]) throw refusal;
    tell({ refusal });
  };
  const { start, isBusy, error, approval } = useAct(id, act, { onDone: tell, onRefused });
  const shown = order && shownOf(act, order);
  return html`<section class="notice warn stack" role="alert" ref=${element}>
    <p>${t(words, { what: act.title })}</p>
    ${shown && html`<p>${t("unanswered.shown")} ${shown.change > 0 && t("pay.change", { amount: money(shown.change) })}</p>`}
    <${Problem} error=${error} />
    <button class="main" disabled=${isBusy} onClick=${() => start(false)}>${t("try_again")}</button>
  </section>${approval}`;
}

// What may be done about a sale that waits for an answer and cannot do without it: sell it otherwise, for cash say.
import { html } from "../ui.js";
import { isEmpty } from "../core/basket.js";
import { isFromHere } from "../core/outbox.js";
import { isReturnable, takeBack } from "../core/sale.js";
import { go } from "../route.js";
import { t } from "../words/index.js";
import { useBusy } from "./busy.js";
import { Problem } from "./problem.js";

export function TakeBack({ entry }) {
  const { run, isBusy, error } = useBusy();
  if (!isReturnable(entry) || !isFromHere(entry)) return null;
  const take = async () => {
    if (await takeBack(entry)) go("sell");
  };
  return html`<${Problem} error=${error} />
    <p class="quiet">${t(isEmpty.value ? "take_back.how" : "repair.basket_in_use")}</p>
    <div class="choices"><button disabled=${isBusy || !isEmpty.value} onClick=${() => run(take)}>${t("take_back.do")}</button></div>`;
}

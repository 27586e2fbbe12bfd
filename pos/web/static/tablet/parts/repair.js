// What may be done about a sale that was refused: mend it and send it again, or leave it to the owner. It never just goes away.
import { html } from "../ui.js";
import { basket, clear, isEmpty, reopen } from "../core/basket.js";
import { sync } from "../core/catalog.js";
import { isFromHere, update } from "../core/outbox.js";
import { flush, hand } from "../core/sender.js";
import { go } from "../route.js";
import { t } from "../words/index.js";
import { useBusy } from "./busy.js";
import { Problem } from "./problem.js";

export function Repair({ entry }) {
  const { run, isBusy, error } = useBusy();
  if (!isFromHere(entry)) return null;
  const isMine = basket.value.repairs === entry.key;
  const edit = async () => {
    await sync();
    reopen(entry);
    go("sell");
  };
  const leave = async () => {
    await hand(entry);
    if (isMine) clear();
  };
  const resend = async () => {
    await sync();
    await update(entry.key, "refused", { state: "waiting", next_at: 0 });
    await flush();
  };
  return html`<${Problem} error=${error} />
    ${!isEmpty.value && !isMine && html`<p class="quiet">${t("repair.basket_in_use")}</p>`}
    <div class="choices">
      <button class="main" disabled=${isBusy || (!isEmpty.value && !isMine)} onClick=${() => run(edit)}>${t("repair.edit")}</button>
      <button disabled=${isBusy} onClick=${() => run(resend)}>${t("repair.resend")}</button>
      <button disabled=${isBusy} onClick=${() => run(leave)}>${t("repair.hand")}</button>
    </div>`;
}

// The report of a shift as it will print: an X while it is open, the Z afterwards.
import { html, useEffect, useState } from "../ui.js";
import { call } from "../core/api.js";
import { isOnline } from "../core/network.js";
import { useBusy } from "../parts/busy.js";
import { Paper } from "../parts/paper.js";
import { Problem } from "../parts/problem.js";
import { printed } from "../../print/print.js";
import { language, t } from "../words/index.js";

export function Report({ id }) {
  const [paper, setPaper] = useState(null);
  const { run, isBusy, error } = useBusy();
  const look = () => run(async () => {
    const { body } = await call("GET", `/shifts/${id}/report/paper?language=${language.value}`);
    setPaper(body);
  });
  useEffect(() => { look(); }, [id, language.value]);
  return html`<div class="shift">
    <p class="row"><a class="button" href="#/shift">${t("report.back")}</a></p>
    <${Problem} error=${error} />
    ${!paper && !error && html`<p class="empty" role="status">${t(isOnline.value ? "orders.loading" : "shift.offline")}</p>`}
    ${paper && html`<div class="choices"><button class="main" disabled=${isBusy} onClick=${() => run(() => printed(paper))}>${t("report.print")}</button><button disabled=${isBusy} onClick=${look}>${t("report.again")}</button></div>
      <${Paper} paper=${paper} />`}
  </div>`;
}

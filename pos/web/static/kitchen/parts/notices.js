// What whoever stands here should know right now: no network, no sound, a tap that was not done.
import { html } from "../../tablet/ui.js";
import { sentenceFor } from "../../tablet/parts/problem.js";
import { lostSince, trouble } from "../core/board.js";
import { wantsSound } from "../core/choices.js";
import { isAudible, switchOn } from "../core/sound.js";
import { forgetRefused, refused, waiting } from "../core/taps.js";
import { nameOf, t, timeOf } from "../words/index.js";

export function Notices() {
  return html`<div class="notices">
    <${Lost} />
    ${refused.value.map((each) => html`<${Refused} key=${each.key} of=${each} />`)}
    ${wantsSound.value && !isAudible.value && html`<button class="notice warn no-sound" onClick=${switchOn}>${t("kitchen.sound_is_off")}</button>`}
  </div>`;
}

function Lost() {
  const n = waiting.value.length;
  if (!lostSince.value) return null;
  return html`<p class="notice bad" role="status"><strong>${t(trouble.value ? "kitchen.troubled" : "kitchen.lost", { at: timeOf(lostSince.value) })}</strong>
    ${n > 0 && html` <span class="kept-taps">${t("kitchen.kept_taps", { n })}</span>`}</p>`;
}

function Refused({ of: { key, about, act, refusal } }) {
  return html`<div class="notice bad row" role="alert">
    <span><strong>${t("kitchen.refused", { reference: about.reference, act: nameOf(act) })}</strong> ${sentenceFor(refusal)}</span>
    <button onClick=${() => forgetRefused(key)}>${t("kitchen.refused_seen")}</button>
  </div>`;
}

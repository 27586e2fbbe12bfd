// Whether a shift is open at this register, in the bar; quietly, since selling needs none.
import { html } from "../ui.js";
import { useShift } from "../core/shift.js";
import { hour, t, when } from "../words/index.js";
import { route } from "../route.js";

const EVERY_SECONDS = 30;

export function ShiftMark() {
  const { body } = useShift(EVERY_SECONDS).value;
  const isHere = ["shift", "report"].includes(route.value.screen);
  return html`<a class="shift-mark small" href="#/shift" aria-current=${isHere ? "page" : "false"} title=${body?.shift ? when(body.shift.opened_at) : undefined}>${said(body)}</a>`;
}

function said(body) {
  if (!body) return t("bar.shift");
  return body.shift ? t("bar.shift_since", { at: hour(body.shift.opened_at) }) : t("bar.no_shift");
}

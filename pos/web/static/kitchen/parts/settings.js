// This screen: sound, size, language, and whether it starts without network.
import { html } from "../../tablet/ui.js";
import { keep } from "../../tablet/core/base.js";
import { startsAlone } from "../../tablet/core/install.js";
import { register } from "../../tablet/core/session.js";
import { Dialog } from "../../tablet/parts/dialog.js";
import { LANGUAGES } from "../../tablet/words/index.js";
import { kitchen } from "../core/board.js";
import { size, SIZES, wantsSound } from "../core/choices.js";
import { isAudible, switchOff, switchOn } from "../core/sound.js";
import { language, t } from "../words/index.js";

const ALONE = new Map([[true, "settings.alone_yes"], [false, "settings.alone_no"], [null, "settings.alone_not_yet"]]);

export function Settings({ onClose }) {
  const isOn = wantsSound.value && isAudible.value;
  const speak = (code) => {
    language.value = code;
    keep("language", code);
  };
  return html`<${Dialog} title=${t("kitchen.settings")} onClose=${onClose}>
    <${Choice} title=${t("kitchen.sound")} choices=${[[true, t("kitchen.sound_on")], [false, t("kitchen.sound_off")]]} chosen=${isOn} choose=${(on) => (on ? switchOn() : switchOff())} />
    <${Choice} title=${t("kitchen.size")} choices=${SIZES.map((each) => [each, t(`kitchen.size.${each}`)])} chosen=${size.value} choose=${(each) => { size.value = each; }} />
    <${Choice} title=${t("settings.language")} choices=${Object.entries(LANGUAGES)} chosen=${language.value} choose=${speak} />
    <dl class="facts">
      <dt>${t("settings.location")}</dt><dd>${kitchen.value?.location.name}</dd>
      <dt>${t("settings.register")}</dt><dd>${register.value.name}</dd>
      <dt>${t("settings.alone")}</dt><dd>${t(ALONE.get(startsAlone.value))}</dd>
    </dl>
  <//>`;
}

function Choice({ title, choices, chosen, choose }) {
  return html`<fieldset><legend>${title}</legend>
    <div class="chips">${choices.map(([value, name]) => html`<button key=${value} aria-pressed=${value === chosen} onClick=${() => choose(value)}>${name}</button>`)}</div>
  </fieldset>`;
}

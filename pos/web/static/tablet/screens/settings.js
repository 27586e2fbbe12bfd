// The tablet itself: which one it is, its language, whether it starts without network.
import { html, useSignal } from "../ui.js";
import { keep } from "../core/base.js";
import { catalog, sync } from "../core/catalog.js";
import { startsAlone } from "../core/install.js";
import { register } from "../core/session.js";
import { useBusy } from "../parts/busy.js";
import { NotSecure } from "../parts/notices.js";
import { LANGUAGES, language, t } from "../words/index.js";

const ALONE = new Map([[true, "settings.alone_yes"], [false, "settings.alone_no"], [null, "settings.alone_not_yet"]]);

export function Settings() {
  const { run, isBusy } = useBusy();
  const isFresh = useSignal(null);
  const choose = (code) => {
    language.value = code;
    keep("language", code);
  };
  const { store, location, catalog_version: version } = catalog.value;
  return html`<div class="settings">
    <h1>${t("settings.title")}</h1>
    <${NotSecure} />
    <section><h2>${t("settings.language")}</h2>
      <div class="chips">${Object.entries(LANGUAGES).map(([code, name]) => html`<button key=${code} lang=${code} aria-pressed=${language.value === code} onClick=${() => choose(code)}>${name}</button>`)}</div>
    </section>
    <section><h2>${t("settings.this")}</h2>
      <dl class="facts">
        <dt>${t("settings.store")}</dt><dd>${store.name}</dd>
        <dt>${t("settings.location")}</dt><dd>${location.name}</dd>
        <dt>${t("settings.register")}</dt><dd>${register.value.name}</dd>
        <dt>${t("settings.catalogue")}</dt><dd>${t("settings.version", { version })}</dd>
        <dt>${t("settings.alone")}</dt><dd>${t(ALONE.get(startsAlone.value))}</dd>
      </dl>
      <button disabled=${isBusy} onClick=${() => run(async () => { isFresh.value = await sync(); })}>${t("settings.fetch")}</button>
      ${isFresh.value !== null && html`<p role="status">${t(isFresh.value ? "settings.fetched" : "problem.no_answer")}</p>`}
    </section>
  </div>`;
}

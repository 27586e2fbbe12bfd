// Joining TapPass in one tap, and the question about news by text, asked in its own words.
import { html, useState } from "../ui.js";
import { basket, change } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { LANGUAGES, language, t } from "../words/index.js";
import { Dialog } from "./dialog.js";

export function Join() {
  const { customer, join, consent } = basket.value;
  const [isAsking, setIsAsking] = useState(false);
  const isMember = Boolean(customer.known?.member);
  const wasAsked = consent !== null || typeof customer.known?.marketing_consent === "boolean";
  return html`<div class="row">
    ${!isMember && html`<button class="ticked" aria-pressed=${join} onClick=${() => change({ join: !join })}><span aria-hidden="true">✓</span> ${t("join.do")}</button>`}
    <button class=${wasAsked ? "plain" : ""} onClick=${() => setIsAsking(true)}>${t(consentName(consent, customer.known))}</button>
    ${isAsking && html`<${Question} onClose=${() => setIsAsking(false)} />`}
  </div>`;
}

function Question({ onClose }) {
  const wordings = catalog.value.wordings.marketing;
  const [spoken, setSpoken] = useState(language.value in wordings ? language.value : "en");
  const answer = (consent) => {
    change({ consent, wording_version: wordings[spoken].version });
    onClose();
  };
  return html`<${Dialog} title=${t("consent.title")} onClose=${onClose}>
    <p class="quiet">${t("consent.how")}</p>
    <div class="chips" role="group" aria-label=${t("settings.language")}>
      ${Object.keys(wordings).map((each) => html`<button key=${each} aria-pressed=${each === spoken} lang=${each} onClick=${() => setSpoken(each)}>${LANGUAGES[each] ?? each}</button>`)}
    </div>
    <blockquote class="card" lang=${spoken}>${wordings[spoken].text}</blockquote>
    <div class="choices">
      <button class="main" onClick=${() => answer(true)}>${t("consent.yes")}</button>
      <button onClick=${() => answer(false)}>${t("consent.no")}</button>
    </div>
  <//>`;
}

function consentName(consent, known) {
  const standing = consent ?? known?.marketing_consent ?? null;
  if (standing === null) return "consent.ask";
  return standing ? "consent.said_yes" : "consent.said_no";
}

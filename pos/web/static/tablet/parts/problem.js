// What went wrong, and what to do: in the language of the screen if we have words for it, else in the server's.
import { html } from "../ui.js";
import { NoAnswer, Refusal } from "../core/api.js";
import { has, t } from "../words/index.js";

/** The sentence for an error. */
export function sentenceFor(error) {
  if (error instanceof NoAnswer) return t("problem.no_answer");
  const slug = error.slug ?? error.problem?.slug;
  if (slug && has(`problem.${slug}`)) return t(`problem.${slug}`);
  return error instanceof Refusal ? error.message : t("problem.ours");
}

export function Problem({ error }) {
  return error ? html`<p class="notice bad" role="alert">${sentenceFor(error)}</p>` : null;
}

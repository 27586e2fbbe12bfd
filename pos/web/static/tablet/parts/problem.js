// What went wrong, and what to do: in the language of the screen if we have words for it, else in the server's.
import { html } from "../ui.js";
import { NoAnswer } from "../core/api.js";
import { has, t } from "../words/index.js";

/** The sentence for an error, or for an entry of the outbox that was refused. */
export function sentenceFor(error) {
  if (error instanceof NoAnswer) return t("problem.no_answer");
  const slug = error.slug ?? error.problem?.slug;
  return slug && has(`problem.${slug}`) ? t(`problem.${slug}`) : (error.problem?.detail ?? t("problem.ours"));
}

export function Problem({ error }) {
  return error ? html`<p class="notice bad" role="alert">${sentenceFor(error)}</p>` : null;
}

/** What the rules do not allow, by the slug and the facts that the server would answer with. */
export class Refusal extends Error {
  /**
   * @param {string} slug e.g. "modifier-count"
   * @param {object} facts what the sentence for people needs
   */
  constructor(slug, facts = {}) {
    super(slug);
    this.slug = slug;
    this.facts = facts;
  }
}

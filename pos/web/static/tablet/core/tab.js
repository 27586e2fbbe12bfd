// A round for an order that is open: it needs the network, since others may be changing the order too.
import { t } from "../words/index.js";
import { basket, change, clear, item, lines } from "./basket.js";
import { once, Unanswered, unanswered } from "./once.js";

/** Makes the basket a round for the order; what lies in it already belongs to the round. */
export function beginRound({ id, reference, customer }) {
  change({ adds_to: { id, reference }, customer: { phone: customer.phone, is_walk_in: !customer.phone, known: customer } });
}

/**
 * Adds the basket to the open order that it is a round of, once, by the basket's own key; `approval` is a manager's word for a
 * discount by hand. Without an answer the round is no basket any more, but an act that stands at the order. Throws Refusal, Unanswered.
 */
export async function addRound(approval) {
  const { adds_to: tab, key } = basket.value;
  const body = { items: lines.value.map((line) => item(line)) };
  const act = { kind: "round", method: "POST", path: `/orders/${tab.id}/lines`, body, key, title: t("basket.add_round"), known: [] };
  try {
    await once(tab.id, act, approval);
  } catch (error) {
    if (error instanceof Unanswered || !unanswered.value[tab.id]) throw error;
  }
  clear();
}

// A round for an order that is open: it needs the network, since others may be changing the order too.
import { basket, change, clear, item, lines } from "./basket.js";
import { once } from "./once.js";

/** Makes the basket a round for the order; what lies in it already belongs to the round. */
export function beginRound({ id, reference, customer }) {
  change({ adds_to: { id, reference }, customer: { phone: customer.phone, is_walk_in: !customer.phone, known: customer } });
}

/**
 * Adds the basket to the open order that it is a round of, once, however often it is tried; `approval` is a manager's word for a
 * discount by hand. Throws Refusal, NoAnswer.
 */
export async function addRound(approval) {
  const { adds_to: tab } = basket.value;
  const items = lines.value.map((line) => item(line));
  await once("POST", `/orders/${tab.id}/lines`, { body: { items }, approval });
  clear();
}

// A round for an order that is open: it needs the network, since others may be changing the order too.
import { basket, clear, item, lines } from "./basket.js";
import { call } from "./api.js";
import { newKey } from "./keys.js";

let sending = null;

/**
 * Adds the basket to the open order that it is a round of, once, however often it is tried; `approval` is a manager's word for a
 * discount by hand. Throws Refusal, NoAnswer.
 */
export async function addRound(approval) {
  const { adds_to: tab } = basket.value;
  const items = lines.value.map((line) => item(line));
  const said = JSON.stringify([tab.id, items]);
  if (sending?.said !== said) sending = { said, key: newKey() };
  await call("POST", `/orders/${tab.id}/lines`, { body: { items }, key: sending.key, approval });
  sending = null;
  clear();
}

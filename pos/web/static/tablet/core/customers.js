// Who a number belongs to: asked for while it is typed. Without network nobody is recognised, and the sale needs no more than the number.
import { useEffect, useSignal } from "../ui.js";
import { call, NoAnswer, Refusal } from "./api.js";
import { isTab } from "./orders.js";

const ASK_AFTER_MS = 120;
const RECENT = 5;
const TAPPASS_ID = /^TP[\s-]/i;

/** `{state: "idle" | "asking" | "known" | "new" | "offline" | "refused", customer, last, tab, refusal}` for a number, or null for none. */
export function useCustomer(phone) {
  const seen = useSignal({ state: "idle" });
  useEffect(() => {
    seen.value = { state: phone ? "asking" : "idle" };
    if (!phone) return undefined;
    let isOver = false;
    const timer = setTimeout(async () => {
      const found = await lookUp(phone);
      if (!isOver) seen.value = found;
      if (found.state === "known") {
        const recent = await recentOrders(found.customer.id);
        if (!isOver) seen.value = { ...found, ...recent };
      }
    }, ASK_AFTER_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [phone]);
  return seen;
}

/** Gives the number to whoever stands there, as a new customer, who is given back. Throws Refusal or NoAnswer. */
export async function passOn(id, phone, name) {
  const { body } = await call("POST", `/customers/${id}/not-this-person`, { body: { phone, name: name || null } });
  return { ...body, may_claim: true };
}

/** Says who somebody was, by the whole name of before or by a TapPass ID; gives the customer with what was theirs. */
export async function claim(id, said) {
  const { body } = await call("POST", `/customers/${id}/claim`, { body: TAPPASS_ID.test(said) ? { tappass_id: said } : { name: said } });
  return body;
}

async function lookUp(phone) {
  try {
    const { body } = await call("POST", "/customers/lookup", { body: { phone } });
    return { state: "known", customer: body };
  } catch (error) {
    if (error instanceof NoAnswer) return { state: "offline" };
    if (!(error instanceof Refusal)) throw error;
    if (error.status >= 500 || error.status === 429) return { state: "offline" };
    return error.status === 404 ? { state: "new" } : { state: "refused", refusal: error };
  }
}

/** The `last` order that stood, and the open `tab` that is to be paid, if there is one. */
async function recentOrders(id) {
  try {
    const { body } = await call("GET", `/customers/${id}/orders?limit=${RECENT}`);
    return { last: body.data.find((order) => order.status !== "canceled"), tab: body.data.find((order) => isTab(order) && order.amount_due > 0) };
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof Refusal) return {};
    throw error;
  }
}

// Who a number belongs to: asked for while it is typed. Without network nobody is recognised, and the sale needs no more than the number.
import { useEffect, useSignal } from "../ui.js";
import { call, NoAnswer, Refusal } from "./api.js";

const ASK_AFTER_MS = 120;

/** `{state: "idle" | "asking" | "known" | "new" | "offline" | "refused", customer, last, refusal}` for a number, or null for none. */
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
        const last = await lastOrder(found.customer.id);
        if (!isOver) seen.value = { ...found, last };
      }
    }, ASK_AFTER_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [phone]);
  return seen;
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

async function lastOrder(id) {
  try {
    const { body } = await call("GET", `/customers/${id}/orders?limit=1`);
    return body.data[0] ?? null;
  } catch (error) {
    if (error instanceof NoAnswer || error instanceof Refusal) return null;
    throw error;
  }
}

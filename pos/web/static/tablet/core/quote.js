// What the server says of the basket: the points that it brings, the rewards that there are points for, and where only it can tell, what
// the basket costs. An answer is of the very basket that was asked for, and of no other.
import { batch, computed, effect, signal } from "../ui.js";
import { call, NoAnswer } from "./api.js";
import { basket, isSellable, item, knownCoupon, lines, sums } from "./basket.js";
import { isOnline } from "./network.js";

const ASK_AFTER_MS = 250;
const ASK_AGAIN_MS = 2_000;

const told = signal({});
const isOfNow = computed(() => isOnline.value && told.value.key === basket.value.key);
/** {total, discount, tax, tip, points, rewards, member} of the basket as it is, or null while nobody has answered. */
export const quote = computed(() => (isOfNow.value ? (told.value.answer ?? null) : null));

const last = signal({});
/** The newest answer for this customer, also if the basket has changed since: good enough for what is only offered. */
export const hint = computed(() => (last.value.phone === basket.value.customer.phone ? (last.value.answer ?? null) : null));

/** Points and coupons with a limit are counted at one place, so that what they take off is only known there. */
export const asksServer = computed(() => basket.value.rewards.length > 0 || (basket.value.coupon !== null && !knownCoupon()));
/** Why the server takes the basket's coupon or rewards not. */
export const refusal = computed(() => (isOfNow.value && asksServer.value ? (told.value.refusal ?? null) : null));
/** Whether it is known what the basket costs. */
export const isPriced = computed(() => isSellable.value && (!asksServer.value || quote.value !== null));

/** {total, discount, tax, tip}: the tablet's own reckoning, or the server's word; while that is on its way, what it said before. */
export const cost = computed(() => {
  const { tip } = basket.value;
  const known = asksServer.value ? (quote.value ?? hint.value) : null;
  return known ? { ...known, tip, total: known.total - known.tip + tip } : sums.value;
});
export const total = computed(() => cost.value.total);

let timer;
effect(() => {
  const { key } = basket.value;
  clearTimeout(timer);
  if (!isSellable.value || !isOnline.value || told.value.key === key) return;
  timer = setTimeout(() => ask(key, question()), ASK_AFTER_MS);
});

async function ask(key, body) {
  try {
    const { body: answer } = await call("POST", "/loyalty/quote", { body });
    batch(() => {
      told.value = { key, answer: { ...answer, tip: body.tip ?? 0 } };
      last.value = { phone: body.phone ?? null, answer: told.value.answer };
    });
  } catch (error) {
    if (error instanceof NoAnswer || isNotNow(error)) timer = setTimeout(() => ask(key, body), ASK_AGAIN_MS);
    else told.value = { key, refusal: error };
  }
}

// The server is ill, or has too much to do: that is no word on the basket.
function isNotNow({ status }) {
  return status >= 500 || status === 429 || status === 408 || status === 401;
}

function question() {
  const { customer, coupon, rewards, tip, discount } = basket.value;
  const asked = { items: lines.value.map((line) => item(line)), tip, phone: customer.phone, coupon, discount, rewards: rewards.length ? rewards : null };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value));
}

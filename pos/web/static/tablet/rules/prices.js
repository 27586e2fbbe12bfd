// What one piece of a product costs now, as pos/catalog/prices.py has it. Worked tables: docs/pricing.md.
//
// The lowest of the product's price, its sale price and the price rules in force, and on top of it the modifiers that
// were chosen. A product with an open price costs what is keyed in. Products have the shape of the catalogue.

import { percentOf, sumOf } from "./money.js";
import { Refusal } from "./refusal.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/**
 * An instant on the wall clock of a location, for `priceOf`.
 *
 * @param {Date | number} instant
 * @param {string} timezone e.g. "Europe/Berlin"
 * @returns {{today: string, yesterday: string, time: string}} e.g. {today: "mon", yesterday: "sun", time: "16:05"}
 */
export function localTime(instant, timezone) {
  const told = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(instant);
  const { weekday, hour, minute } = Object.fromEntries(told.map(({ type, value }) => [type, value]));
  const day = DAYS.indexOf(weekday.toLowerCase());
  return { today: DAYS[day], yesterday: DAYS[(day + 6) % 7], time: `${hour}:${minute}` };
}

/**
 * The price of one piece with these modifiers at this local time. `keyedIn` is the price of an open-price product,
 * modifiers included. `rule` of the answer names the price rule, or "sale", that made it.
 *
 * Throws a Refusal: unknown-modifier, modifier-count, price-required, price-not-open.
 *
 * @param {object} product as the catalogue has it
 * @param {{chosen?: string[], keyedIn?: number | null, local: object}} asked `local` is of `localTime`
 * @returns {{unitPrice: number, modifiers: {name: string, price: number}[], rule: string | null}}
 */
export function priceOf(product, { chosen = [], keyedIn = null, local }) {
  const modifiers = choose(product, chosen);
  if (product.is_open_price) {
    if (keyedIn === null) throw new Refusal("price-required", { product: product.name });
    return { unitPrice: keyedIn, modifiers, rule: null };
  }
  if (keyedIn !== null) throw new Refusal("price-not-open", { product: product.name });
  const base = lowest(product, local);
  return { unitPrice: base.price + sumOf(modifiers.map(({ price }) => price)), modifiers, rule: base.rule };
}

/**
 * Whether a rule holds at this local time. One that ends before it starts goes on past midnight, and the early hours
 * belong to the day on which it started.
 */
export function isInForce({ days, starts, ends }, { today, yesterday, time }) {
  if (starts < ends) return days.includes(today) && starts <= time && time < ends;
  return (days.includes(today) && time >= starts) || (days.includes(yesterday) && time < ends);
}

/** The lowest price in force, and what made it; the earlier one among equals. */
function lowest(product, local) {
  const isOnSale = product.sale_price !== null && product.sale_price < product.price;
  const ordinary = isOnSale ? { price: product.sale_price, rule: "sale" } : { price: product.price, rule: null };
  return product.price_rules
    .filter((rule) => isInForce(rule, local))
    .map((rule) => ({ price: ruled(rule, ordinary.price), rule: rule.name }))
    .reduce((least, each) => (each.price < least.price ? each : least), ordinary);
}

function ruled(rule, ordinary) {
  return rule.price ?? ordinary - percentOf(ordinary, rule.percent);
}

/** The chosen modifiers with their prices, in the order in which they were chosen. */
function choose(product, chosen) {
  const choices = product.modifiers.flatMap((group) => group.choices);
  const offered = new Map(choices.map(({ name, price }) => [name, { name, price }]));
  const unknown = chosen.find((name) => !offered.has(name));
  if (unknown !== undefined) throw new Refusal("unknown-modifier", { product: product.name, modifier: unknown });
  for (const group of product.modifiers) requireCount(product, group, chosen);
  return chosen.map((name) => offered.get(name));
}

function requireCount(product, { name, min, max, choices }, chosen) {
  const ofGroup = new Set(choices.map((choice) => choice.name));
  const count = chosen.filter((each) => ofGroup.has(each)).length;
  if (count < min || count > max) {
    throw new Refusal("modifier-count", { product: product.name, group: name, least: min, most: max, chosen: count });
  }
}

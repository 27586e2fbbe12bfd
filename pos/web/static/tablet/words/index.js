// The words of the screens, and how money, dates and phones are written where the store is.
import { computed, effect, signal } from "../ui.js";
import { digitsOf } from "../rules/money.js";
import en from "./en.js";
import es from "./es.js";

export const LANGUAGES = { en: "English", es: "Español" };
const WORDS = { en, es };

export const language = signal(preferred());
/** The store's country and currency, as the catalogue told them. */
export const place = signal({ country: "US", currency: "USD", timezone: "UTC" });

const locale = computed(() => `${language.value}-${place.value.country}`);
const plurals = computed(() => new Intl.PluralRules(language.value));
// Left to itself it would round to whole forints, of which we count the hundredths.
const currencyFormat = computed(() => {
  const decimals = { minimumFractionDigits: currencyDigits(), maximumFractionDigits: currencyDigits() };
  return new Intl.NumberFormat(locale.value, { style: "currency", currency: place.value.currency, ...decimals });
});
const pieceFormat = computed(() => new Intl.NumberFormat(locale.value, { style: "currency", currency: place.value.currency, trailingZeroDisplay: "stripIfInteger" }));
const numberFormat = computed(() => new Intl.NumberFormat(locale.value));
const percentFormat = computed(() => new Intl.NumberFormat(locale.value, { style: "percent" }));

effect(() => { document.documentElement.lang = language.value; });

/** Adds the words of another app, by language: `{en: {…}, es: {…}}`. */
export function learn(words) {
  for (const [code, sentences] of Object.entries(words)) Object.assign(WORDS[code], sentences);
}

/** The sentence under this name, with `{name}` filled in; one that counts has forms by `n`. */
export function t(name, facts = {}) {
  const found = WORDS[language.value][name] ?? WORDS.en[name];
  const sentence = typeof found === "object" ? (found[plurals.value.select(facts.n)] ?? found.other) : found;
  return sentence.replace(/\{(\w+)\}/g, (_, fact) => (typeof facts[fact] === "number" ? numberFormat.value.format(facts[fact]) : facts[fact] ?? ""));
}

/** Whether this language has a sentence under this name: refusals that have none are told in the server's own words. */
export function has(name) {
  return name in WORDS[language.value];
}

/** How many decimals the store's currency has. */
export function currencyDigits() {
  return digitsOf(place.value.currency);
}

/** Minor units as people write them here: 4638 → $46.38. */
export function money(amount) {
  return currencyFormat.value.format(amount / 10 ** currencyDigits());
}

/** A note or a coin, without decimals that say nothing: 2000 → $20. */
export function piece(amount) {
  return pieceFormat.value.format(amount / 10 ** currencyDigits());
}

/** Whole percent: 15 → 15%. */
export function percent(whole) {
  return percentFormat.value.format(whole / 100);
}

/** What of an instant is said: the time today, else the day as well; in the location's time zone. */
export function when(instant) {
  const { timezone: timeZone } = place.value;
  const day = new Intl.DateTimeFormat(locale.value, { dateStyle: "medium", timeZone });
  const time = new Intl.DateTimeFormat(locale.value, { timeStyle: "short", timeZone }).format(new Date(instant));
  const [today, that] = [new Date(), new Date(instant)].map((each) => day.format(each));
  return today === that ? time : `${that}, ${time}`;
}

/** The time of an instant by the location's clock. */
export function hour(instant) {
  return new Intl.DateTimeFormat(locale.value, { timeStyle: "short", timeZone: place.value.timezone }).format(new Date(instant));
}

/** The day and the time of an instant, as a receipt needs them. */
export function whenInFull(instant) {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: "medium", timeStyle: "short", timeZone: place.value.timezone }).format(new Date(instant));
}

function preferred() {
  const known = navigator.languages.map((each) => each.slice(0, 2)).find((each) => each in WORDS);
  return known ?? "en";
}

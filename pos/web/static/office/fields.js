/** What people type, as the API takes it. A field says by `data-reads` what its text becomes; one that cannot be read says what to do. */
import { digitsOf } from "../tablet/rules/money.js";
import { currency, timezone } from "./api.js";

export class Unreadable extends Error {
  constructor(field, advice) {
    super(advice);
    this.field = field;
  }
}

/** The body of a form: names with dots are nested, numbers among them are places of a list, and @id is what the field of that id says; fields
 * that read `each` make a list together (of check boxes those that are checked). With `onlyChanged` what stands as it came is left out, and
 * what was emptied becomes null; else what is empty is left out. What is marked `data-whole` is one value to the API: if any of it has changed,
 * all that is filled in is sent; so is a fieldset with a name, which is a list (rows.js). */
export async function bodyOf(form, { onlyChanged = false } = {}) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.matches(":disabled") || field.type === "submit" || isUnsaid(field)) continue;
    const whole = wholeAround(field);
    if (onlyChanged && !(whole ? isTouched(whole) : hasChanged(field))) continue;
    if (onlyChanged && whole?.dataset.whole) begin(body, whole.dataset.whole.split("."));
    await take(body, field, { whole, onlyChanged });
  }
  return body;
}

async function take(body, field, { whole, onlyChanged }) {
  const path = field.name.split(".").map(named);
  if (!path.every(Boolean)) return;
  if (field.type === "fieldset") return put(body, path, []);
  if (field.dataset.reads === "each") return gather(body, path, field.value);
  const value = await valueOf(field);
  const isNothing = value === null || (whole && Array.isArray(value) && value.length === 0);
  if (isNothing && (whole || !onlyChanged) && field.dataset.empty !== "null") return;
  put(body, path, value);
}

/** The outermost of what is sent whole that a field stands in, or is. */
function wholeAround(field) {
  const nearest = field.closest("[data-whole], fieldset[name]");
  return nearest && (wholeAround(nearest.parentElement) ?? nearest);
}

/** Places of a list that came, went or moved leave `data-touched`. */
function isTouched(whole) {
  return whole.dataset.touched !== undefined || [...whole.querySelectorAll("[name]")].some(hasChanged);
}

/** What is sent whole is there even if all of it was emptied. */
function begin(body, path) {
  path.reduce((place, step) => (place[step] ??= {}), body);
}

function named(step) {
  return step.startsWith("@") ? document.getElementById(step.slice(1)).value.trim() : step;
}

/** A list whose places were partly left out has no holes. */
export function dense(value) {
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map(dense);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, dense(each)]));
}

/** A choice that was not made, and a box that is not checked; only a flag says no by that. */
function isUnsaid(field) {
  const isChoice = field.type === "radio" || (field.type === "checkbox" && field.dataset.reads !== "flag");
  return isChoice && !field.checked;
}

function hasChanged(field) {
  if (field.type === "hidden") return true;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  const first = options.findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(first, 0);
}

async function valueOf(field) {
  const how = field.dataset.reads ?? "text";
  if (how === "flag") return field.checked;
  if (how === "file") return field.files.length ? textOf(field.files[0]) : null;
  const text = field.value.trim();
  if (how === "list") return text.split(/[,\n]/).map((each) => each.trim()).filter(Boolean);
  if (text === "") return field.dataset.empty === "text" ? "" : null;
  const reader = READERS[how];
  return reader ? reader(text, field) : text;
}

/** The text of a file as spreadsheets save it: UTF-8, or UTF-16 with its mark, or else the alphabet of Western Windows. */
async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mark = bytes[0] * 256 + bytes[1];
  if (mark === 0xfffe || mark === 0xfeff) return new TextDecoder(mark === 0xfffe ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

const READERS = {
  integer: (text, field) => whole(text, field),
  money: (text, field) => minorUnits(text, field),
  decimal: (text, field) => decimal(text, field),
  rate: (text, field) => rate(text, field),
  json: (text, field) => json(text, field),
  instant: (text) => instantOf(text, timezone),
};

function whole(text, field) {
  if (!/^-?\d{1,15}$/.test(text)) throw new Unreadable(field, "Write a whole number, like 12.");
  return Number(text);
}

/** 46.38 → 4638; a comma is taken for a point where it can only be one. */
export function minorUnits(text, field) {
  const digits = digitsOf(currency);
  const plain = text.replace(/\s/g, "").replace(/,(\d{1,2})$/, ".$1").replaceAll(",", "");
  const found = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(plain);
  const part = found?.[3] ?? "";
  if (!found || part.length > digits) {
    throw new Unreadable(field, digits ? `Write an amount like 8.50, with at most ${digits} decimals.` : "Write a whole amount, like 850.");
  }
  return Number(`${found[1]}${found[2]}${part.padEnd(digits, "0")}`);
}

function decimal(text, field) {
  const plain = text.replace(",", ".");
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(plain)) throw new Unreadable(field, "Write a number like 8.25.");
  return plain;
}

/** Percent as a rate: 8.25 → 0.0825, digit by digit, since floats would miss. */
function rate(text, field) {
  const plain = text.replace(",", ".").replace("%", "").trim();
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(plain)) throw new Unreadable(field, "Write a rate in percent, like 8.25.");
  const [before, after = ""] = plain.split(".");
  const digits = before.padStart(3, "0");
  const shifted = `${digits.slice(0, -2)}.${digits.slice(-2)}${after}`.replace(/^0+(?=\d)/, "").replace(/0+$/, "");
  return shifted.endsWith(".") ? shifted.slice(0, -1) : shifted;
}

function json(text, field) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable(field, "This cannot be read. Take back the last change.");
  }
}

/** A day and hour on the store's clock (2026-11-21T18:00) as an instant. */
export function instantOf(local, zone) {
  const wanted = Date.parse(`${local}Z`);
  let instant = wanted;
  for (let turn = 0; turn < 2; turn += 1) instant = wanted - (shownAt(instant, zone) - instant);
  return new Date(instant).toISOString();
}

/** What a zone's clock shows at an instant, read as if it were UTC. */
function shownAt(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(new Date(instant));
  const of = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return Date.parse(`${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}:${of.second}Z`);
}

function put(body, path, value) {
  let place = body;
  path.forEach((step, depth) => {
    if (depth === path.length - 1) place[step] = value;
    else place = place[step] ??= /^\d+$/.test(path[depth + 1]) ? [] : {};
  });
}

function gather(body, path, value) {
  const list = path.reduce((place, step, depth) => (place[step] ??= depth === path.length - 1 || /^\d+$/.test(path[depth + 1]) ? [] : {}), body);
  list.push(value);
}

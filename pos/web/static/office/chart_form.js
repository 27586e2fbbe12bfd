/** The form of a chart: its query is asked by a button, the picture follows what is typed, and a few choices write the picture for who knows no Vega-Lite. */
import { call } from "./api.js";
import { draw, objects, say } from "./plots.js";

const form = document.getElementById("chart-form");
const place = document.querySelector("#preview [data-plot-area]");
const note = document.getElementById("preview-note");
const ask = document.getElementById("ask");
const KINDS = { bars: "bar", "lying-bars": "bar", line: "line", area: "area", points: "point", heat: "rect" };
const PAUSE_MILLISECONDS = 350;
const MOST_SHOWN = 50;
const kept = document.getElementById("kept-answer");
let answer = kept ? JSON.parse(kept.textContent) : null;
let waiting;

form.elements.namedItem("chart_config").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, PAUSE_MILLISECONDS);
});
for (const choice of document.querySelectorAll("#chooser select")) choice.addEventListener("change", write);
if (ask) {
  ask.addEventListener("click", askNow);
  ask.disabled = false;
}
if (answer) {
  offer();
  show();
}

/** What the query gives now; the answer that is kept stays until the chart is saved. */
async function askNow() {
  const field = form.elements.namedItem("query_text");
  ask.disabled = true;
  note.textContent = "Asking …";
  const found = await call("POST", "/analytics/query", { key: crypto.randomUUID(), body: { sql: field.value } });
  ask.disabled = false;
  if (!found.ok) {
    note.textContent = found.body.errors?.[0]?.detail ?? found.body.detail ?? "This did not work. Try again in a moment.";
    return;
  }
  answer = found.body;
  offer();
  if (!form.elements.namedItem("chart_config").value.trim()) write();
  else show();
}

async function show() {
  if (!answer) return;
  table();
  const spec = typed();
  if (!spec) return;
  const fault = await draw(place, { spec, data: objects(answer.columns, answer.rows) });
  const rows = `${answer.rows.length}${answer.is_cut ? " or more" : ""} row${answer.rows.length === 1 ? "" : "s"}`;
  note.textContent = fault ? "" : `A preview of ${rows}. Nothing is saved yet.`;
}

function typed() {
  try {
    const spec = JSON.parse(form.elements.namedItem("chart_config").value);
    if (spec && typeof spec === "object" && !Array.isArray(spec)) return spec;
  } catch {
    // Said below.
  }
  say(place, "The picture is not JSON yet. It begins with { and ends with }.");
  note.textContent = "";
  return undefined;
}

/* The choices */

function offer() {
  const names = answer.columns.map(({ name }) => name);
  const numbers = answer.columns.filter(({ name }) => isNumber(name)).map(({ name }) => name);
  fill("across", names, names[0]);
  fill("up", names, numbers.find((name) => name !== names[0]) ?? names[1] ?? names[0]);
  fill("by-colour", names, "");
}

function fill(id, names, chosen) {
  const select = document.getElementById(id);
  const first = [...select.options].filter((option) => option.value === "");
  select.replaceChildren(...first, ...names.map((name) => new Option(name, name, false, name === chosen)));
  select.disabled = false;
}

function isNumber(name) {
  const at = answer.columns.findIndex((column) => column.name === name);
  const found = answer.rows.map((row) => row[at]).filter((value) => value !== null);
  return found.length > 0 && found.every((value) => typeof value === "number" || /^-?\d+(\.\d+)?$/.test(value));
}

function isDay(name) {
  const at = answer.columns.findIndex((column) => column.name === name);
  const found = answer.rows.map((row) => row[at]).filter((value) => value !== null);
  return found.length > 0 && found.every((value) => /^\d{4}-\d\d-\d\d$/.test(value));
}

/** The picture of what was chosen, written into its field. */
function write() {
  const chosen = (id) => document.getElementById(id).value;
  const [kind, across, up, colour] = ["kind", "across", "up", "by-colour"].map(chosen);
  const [x, y] = [channel(across), kind === "heat" ? channel(up) : { field: up, type: "quantitative" }];
  const encoding = kind === "lying-bars" ? { y: { ...x, sort: "-x" }, x: y } : { x, y };
  if (colour) encoding.color = kind === "heat" ? { field: colour, type: "quantitative" } : { field: colour, type: "nominal" };
  const spec = { mark: { type: KINDS[kind], tooltip: true }, encoding };
  const field = form.elements.namedItem("chart_config");
  field.value = JSON.stringify(spec, null, 2);
  show();
}

function channel(name) {
  if (isDay(name)) return { field: name, type: "temporal", timeUnit: "utcyearmonthdate", title: name };
  return { field: name, type: "ordinal" };
}

/* The rows beside the picture */

function table() {
  const section = document.getElementById("preview-rows");
  const head = document.createElement("tr");
  head.append(...answer.columns.map(({ name }) => Object.assign(document.createElement("th"), { scope: "col", textContent: name, className: isNumber(name) ? "number" : "" })));
  const rows = answer.rows.slice(0, MOST_SHOWN).map((row) => {
    const line = document.createElement("tr");
    line.append(...row.map((value, at) => {
      const { name } = answer.columns[at];
      const cell = Object.assign(document.createElement("td"), { textContent: value ?? "–", className: isNumber(name) ? "number" : "" });
      cell.dataset.title = name;
      return cell;
    }));
    return line;
  });
  section.querySelector("thead").replaceChildren(head);
  section.querySelector("tbody").replaceChildren(...rows);
  section.hidden = false;
}

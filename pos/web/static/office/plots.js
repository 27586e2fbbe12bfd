/**
 * Pictures by Vega-Lite: `<figure data-plot>` with a `<script type="application/json">` of {"spec": …, "columns": […], "rows": [[…]]} or {"spec": …, "data": [{…}]}.
 *
 * Nothing is evaluated (the interpreter walks expressions), nothing is loaded (the loader refuses every address), nothing moves. Colours and letters
 * are those of the look, drawn anew when the device changes between light and dark.
 */
const NOTHING_LOADS = () => Promise.reject(new Error("A chart loads nothing."));
const LOADER = { load: NOTHING_LOADS, sanitize: NOTHING_LOADS, http: NOTHING_LOADS, file: NOTHING_LOADS };
const HUES = ["plot-a", "plot-b", "plot-c", "plot-d", "plot-e", "plot-f"];
const drawn = new Map();
// The libraries come after this script, so that what is pressed meanwhile is heard.
const loaded = document.readyState === "complete" ? Promise.resolve() : new Promise((done) => addEventListener("load", done, { once: true }));

/** Draws a picture in a place, instead of what is there. Says what was in the way, or nothing. */
export async function draw(place, { spec, data }) {
  const asked = Symbol("asked");
  const name = place.getAttribute("aria-label");
  drawn.get(place)?.view?.finalize();
  drawn.set(place, { spec, data, asked });
  try {
    await loaded;
    const { view } = await embedded(place, spec, data);
    if (drawn.get(place)?.asked !== asked) return undefined;
    drawn.set(place, { spec, data, asked, view });
    // Vega calls every picture "Vega visualization"; ours have names.
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", name);
    place.removeAttribute("aria-roledescription");
    place.querySelector("svg")?.setAttribute("aria-hidden", "true");
    return undefined;
  } catch (error) {
    if (drawn.get(place)?.asked === asked) say(place, `This picture cannot be drawn: ${error.message}`);
    return error.message;
  }
}

/** Rows of an answer as a picture takes them: an object for each, by the names of its columns. */
export function objects(columns, rows) {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, place) => [name, row[place]])));
}

/** Instead of a picture, words. */
export function say(place, text) {
  drawn.get(place)?.view?.finalize();
  drawn.delete(place);
  const said = document.createElement("p");
  said.className = "empty";
  said.textContent = text;
  place.replaceChildren(said);
}

function embedded(place, spec, data) {
  if (!globalThis.vega?.View || !globalThis.vegaEmbed) throw new Error("the scripts for it did not load. The table has all figures.");
  const whole = { ...spec, data: { values: structuredClone(data) }, background: null };
  if (!isComposed(spec)) Object.assign(whole, { width: "container", autosize: { type: "fit-x", contains: "padding" }, height: spec.height ?? 260 });
  return globalThis.vegaEmbed(place, whole, {
    mode: "vega-lite",
    renderer: "svg",
    ast: true,
    actions: false,
    defaultStyle: false,
    tooltip: told,
    loader: LOADER,
    logLevel: globalThis.vega.None,
    config: look(),
    formatLocale: figures(),
  });
}

/** Pictures beside each other have no width of their container; each has one of its own. */
function isComposed(spec) {
  const isFaceted = ["row", "column", "facet"].some((channel) => spec.encoding?.[channel]);
  return isFaceted || ["hconcat", "vconcat", "concat"].some((name) => spec[name]);
}

/* The look */

function look() {
  const styles = getComputedStyle(document.documentElement);
  const token = (name) => styles.getPropertyValue(`--${name}`).trim();
  const hues = HUES.map(token);
  const ramp = [token("raised"), token("plot-most")];
  const words = { labelColor: token("quiet"), titleColor: token("quiet"), labelFontSize: 13, titleFontSize: 13, titleFontWeight: 600 };
  return {
    font: token("font"),
    view: { stroke: null },
    mark: { color: hues[0] },
    text: { color: token("ink"), fontSize: 13 },
    rule: { color: token("field") },
    title: { color: token("ink"), subtitleColor: token("quiet"), fontSize: 15 },
    header: words,
    axis: { ...words, gridColor: token("line"), domainColor: token("field"), tickColor: token("field"), labelOverlap: true, labelLimit: 150, labelPadding: 6 },
    legend: { ...words, orient: "bottom", columns: 3, symbolSize: 120, labelLimit: 200, title: null },
    range: { category: hues, ramp, heatmap: ramp, ordinal: ramp },
  };
}

/** d3's way of writing numbers, as the store's country and currency are written. */
function figures() {
  const { currency, country } = document.querySelector("header.top").dataset;
  const parts = new Intl.NumberFormat(`en-${country}`, { style: "currency", currency }).formatToParts(-1234567.8);
  const part = (type) => parts.find((each) => each.type === type)?.value;
  const text = parts.map(({ type, value }) => (type === "currency" ? "\0" : type === "literal" ? value : "#")).join("");
  const [before, after] = text.split("\0").map((side) => side.replace(/#+/g, ""));
  const symbol = part("currency");
  const isFirst = text.indexOf("\0") < text.lastIndexOf("#");
  return { decimal: part("decimal") ?? ".", thousands: part("group") ?? ",", grouping: [3], currency: isFirst ? [symbol + (after ?? ""), ""] : ["", (before ?? "") + symbol] };
}

/** What lies below the pointer, as the browser shows a title. */
function told(_, event, item, value) {
  const place = event?.target?.closest?.("[data-plot-area]");
  if (!place) return;
  if (value === null || value === undefined || value === "") place.removeAttribute("title");
  else place.title = typeof value === "object" ? Object.entries(value).map(([name, each]) => `${name}: ${each}`).join("\n") : String(value);
}

function redraw() {
  for (const [place, { spec, data }] of drawn) draw(place, { spec, data });
}

function drawAll() {
  for (const figure of document.querySelectorAll("[data-plot]")) {
    const { spec, columns, rows, data } = JSON.parse(figure.querySelector("script").textContent);
    draw(figure.querySelector("[data-plot-area]"), { spec, data: data ?? objects(columns, rows) });
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
drawAll();

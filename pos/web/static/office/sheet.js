/**
 * The catalogue changed by a sheet: the form first asks what a file would do, and shows it line by line; only when nothing is wrong it is
 * taken over, by the digest of what was shown. Another file, or a catalogue that has changed meanwhile, is looked at anew.
 */
const MOST_ROWS = 300;
const OUTCOMES = { created: ["new", "good"], changed: ["changed", "warn"] };

export function showSheet(form) {
  const field = form.elements.namedItem("csv");
  const look = () => lookFirst(form);
  field.addEventListener("change", look);
  form.addEventListener("office:refused", look);
  form.addEventListener("office:done", ({ detail }) => {
    if (!detail.is_carried_out) showPlan(form, detail);
  });
}

function lookFirst(form) {
  document.getElementById("plan").hidden = true;
  set(form, { dry: "true", digest: "", then: "show #plan", label: form.dataset.look });
  delete form.dataset.confirm;
}

/** From now on the form takes over what is shown, if it can be. */
function showPlan(form, plan) {
  const steps = plan.lines.filter(({ outcome }) => outcome !== "unchanged");
  fill("plan-errors", plan.errors, (fault) => [fault.line, fault.column ?? "", fault.detail]);
  fill("plan-lines", steps, (step) => [step.line, step.sku, badge(step.outcome), changesOf(step)]);
  document.getElementById("plan-new-categories").textContent = plan.new_categories.join(", ");
  document.getElementById("plan-categories").hidden = plan.new_categories.length === 0;
  document.getElementById("plan-nothing").hidden = steps.length > 0 || plan.errors.length > 0;
  document.getElementById("plan-wrong").textContent = plan.errors.length;
  if (steps.length && plan.errors.length === 0) takeOver(form, plan);
}

function takeOver(form, { digest, created, changed }) {
  set(form, { dry: "false", digest, then: "reload", label: form.dataset.take });
  form.dataset.confirm = "All of it is done at once. To go back, take in a sheet that you exported before.";
  form.dataset.told = `Taken over: ${created} new, ${changed} changed.`;
}

function set(form, { dry, digest, then, label }) {
  form.elements.namedItem("dry_run").value = dry;
  form.elements.namedItem("digest").value = digest;
  form.dataset.then = then;
  form.querySelector("button[type=submit]").textContent = label;
}

function fill(id, rows, cellsOf) {
  const section = document.getElementById(id);
  section.hidden = rows.length === 0;
  section.querySelector("tbody").replaceChildren(...rows.slice(0, MOST_ROWS).map((row) => rowOf(cellsOf(row), section)));
  section.querySelector("[data-rest]").textContent = rows.length > MOST_ROWS ? `And ${rows.length - MOST_ROWS} more.` : "";
}

function rowOf(cells, section) {
  const titles = [...section.querySelectorAll("th")];
  const row = document.createElement("tr");
  row.append(...cells.map((content, place) => {
    const cell = document.createElement("td");
    cell.dataset.title = titles[place].textContent;
    cell.append(content);
    return cell;
  }));
  return row;
}

function badge(outcome) {
  const [word, look] = OUTCOMES[outcome];
  const said = document.createElement("span");
  said.className = `badge ${look}`;
  said.textContent = word;
  return said;
}

function changesOf({ changes }) {
  const list = document.createElement("div");
  list.append(...changes.map(({ column, before, after }) => {
    const line = document.createElement("div");
    line.textContent = `${column.replaceAll("_", " ")}: ${before || "nothing"} → ${after || "nothing"}`;
    return line;
  }));
  return list;
}

/**
 * The catalogue changed by a sheet: the form first asks what a file would do, and shows it line by line; only when nothing is wrong it is
 * taken over, by the digest of what was shown. Another file, or a catalogue that has changed meanwhile, is looked at anew.
 */
const MOST_ROWS = 300;
const OUTCOMES = { created: ["new", "good"], changed: ["changed", "warn"] };

export function showSheet(form) {
  const look = () => lookFirst(form);
  form.elements.namedItem("csv").addEventListener("change", look);
  form.querySelector("button[type=submit]").addEventListener("click", look);
  form.addEventListener("office:refused", look);
  form.addEventListener("office:done", ({ detail }) => {
    if (!detail.is_carried_out) showPlan(form, detail);
  });
}

function lookFirst(form) {
  document.getElementById("plan").hidden = true;
  ask(form, { dry: "true", digest: "", then: "show #plan" });
  delete form.dataset.confirm;
}

function showPlan(form, plan) {
  const steps = plan.lines.filter(({ outcome }) => outcome !== "unchanged");
  fill("plan-errors", plan.errors, (fault) => [fault.line, fault.column ?? "", fault.detail]);
  fill("plan-lines", steps, (step) => [step.line, step.sku, badge(step.outcome), changesOf(step)]);
  document.getElementById("plan-new-categories").textContent = plan.new_categories.join(", ");
  document.getElementById("plan-categories").hidden = plan.new_categories.length === 0;
  document.getElementById("plan-nothing").hidden = steps.length > 0 || plan.errors.length > 0;
  document.getElementById("plan-wrong").textContent = plan.errors.length;
  const canBeTaken = steps.length > 0 && plan.errors.length === 0;
  document.getElementById("plan-take").hidden = !canBeTaken;
  if (canBeTaken) takeOver(form, plan);
}

/** From now on the form takes over what is shown. */
function takeOver(form, { digest, created, changed }) {
  ask(form, { dry: "false", digest, then: "reload" });
  form.dataset.confirm = "All of it is done at once. To go back, take in a sheet that you exported before.";
  form.dataset.told = `Taken over: ${created} new, ${changed} changed.`;
}

function ask(form, { dry, digest, then }) {
  form.elements.namedItem("dry_run").value = dry;
  form.elements.namedItem("digest").value = digest;
  form.dataset.then = then;
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

function changesOf({ outcome, changes }) {
  const list = document.createElement("div");
  list.append(...changes.map(({ column, before, after }) => {
    const line = document.createElement("div");
    const name = column.replaceAll("_", " ");
    line.textContent = outcome === "created" ? `${name}: ${after}` : `${name}: ${before || "nothing"} → ${after || "nothing"}`;
    return line;
  }));
  return list;
}

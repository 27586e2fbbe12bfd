/** The board of charts: put in order by dragging or by buttons, and all of them refreshed one after the other. */
import { call } from "./api.js";
import { tell, tellNext } from "./told.js";

const board = document.getElementById("board");
const refreshAll = document.getElementById("refresh-all");
let dragged = null;

board.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-move]");
  if (!button) return;
  const card = button.closest("[data-chart]");
  const other = button.dataset.move === "earlier" ? card.previousElementSibling : card.nextElementSibling;
  if (other) place(card, () => (button.dataset.move === "earlier" ? other.before(card) : other.after(card)), button);
});

board.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-chart]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.chart);
  dragged.classList.add("dragged");
});
board.addEventListener("dragover", (event) => {
  const over = overOf(event);
  if (!over) return;
  event.preventDefault();
  mark(over);
});
board.addEventListener("drop", (event) => {
  const over = overOf(event);
  if (!over) return;
  event.preventDefault();
  const cards = [...board.children];
  const [card, isLater] = [dragged, cards.indexOf(dragged) < cards.indexOf(over)];
  place(card, () => (isLater ? over.after(card) : over.before(card)));
});
board.addEventListener("dragend", () => {
  dragged?.classList.remove("dragged");
  mark(null);
  dragged = null;
});

refreshAll?.addEventListener("click", async () => {
  const ids = [...board.querySelectorAll("[data-chart]")].map((card) => card.dataset.chart);
  refreshAll.disabled = true;
  for (const [done, id] of ids.entries()) {
    tell(`Asking chart ${done + 1} of ${ids.length} …`, "");
    const answer = await call("POST", `/charts/${id}/refresh`, { key: crypto.randomUUID(), body: {} });
    if (!answer.ok && answer.status !== 404) {
      refreshAll.disabled = false;
      return tell(answer.body.detail ?? "This did not work. Try again in a moment.", "bad");
    }
  }
  tellNext("All charts were asked now.");
  return location.reload();
});

function overOf(event) {
  const over = event.target.closest?.("[data-chart]");
  return dragged && over && over !== dragged ? over : null;
}

function mark(over) {
  for (const card of board.querySelectorAll(".over")) card.classList.remove("over");
  over?.classList.add("over");
}

/** Moves a card at once and tells the store; if that refuses, the card goes back. */
async function place(card, move, button) {
  const before = [...board.children];
  move();
  name();
if (refreshAll) refreshAll.disabled = false;
  if (button) (button.disabled ? card.querySelector("[data-move]:not(:disabled)") : button)?.focus();
  const ids = [...board.querySelectorAll("[data-chart]")].map((each) => each.dataset.chart);
  const answer = await call("PUT", "/charts/order", { body: { ids } });
  if (answer.ok) return tell(`${card.dataset.title} is chart ${[...board.children].indexOf(card) + 1} of ${before.length} now.`);
  board.append(...before);
  name();
if (refreshAll) refreshAll.disabled = false;
  return tell(answer.body.detail ?? "This did not work. Try again in a moment.", "bad");
}

/** The first cannot come earlier, the last not later. */
function name() {
  const cards = [...board.children];
  cards.forEach((card, at) => {
    card.querySelector("[data-move=earlier]").disabled = at === 0;
    card.querySelector("[data-move=later]").disabled = at === cards.length - 1;
  });
}

name();
if (refreshAll) refreshAll.disabled = false;

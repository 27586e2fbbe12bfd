/**
 * Lists in a form, whose places people add, remove and move.
 *
 * <fieldset data-list="modifiers">      the list by the name that the API gives it; within a place it is a list of that place
 *   <div data-rows> <div data-row>…     its places, with fields that say by data-name what they are of their place
 *   <template>                          another place, empty
 *   <button data-add>                   and in each place data-remove and data-earlier
 *
 * Fields get their names from where they stand (modifiers.0.choices.1.price), so what the API says of one is said at it.
 */
export function editLists(form) {
  nameAll(form);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add], [data-remove], [data-earlier]");
    if (!button) return;
    const list = button.closest("[data-list]");
    const row = button.closest("[data-row]");
    if (button.dataset.add !== undefined) add(list);
    else if (button.dataset.remove !== undefined) remove(list, row);
    else earlier(row, button);
    outermost(list).dataset.touched = "";
    nameAll(form);
  });
}

function nameAll(form) {
  const lists = [...form.querySelectorAll("[data-list]")];
  for (const list of lists.filter((each) => !around(each))) nameRows(list, list.dataset.list);
}

function nameRows(list, name) {
  list.name = name;
  rowsOf(list).forEach((row, place) => {
    for (const field of row.querySelectorAll("[data-name]")) {
      if (field.closest("[data-list]") === list) field.name = `${name}.${place}.${field.dataset.name}`;
    }
    for (const inner of row.querySelectorAll("[data-list]")) {
      if (around(inner) === list) nameRows(inner, `${name}.${place}.${inner.dataset.list}`);
    }
  });
}

/** The new place is where one goes on typing. */
function add(list) {
  const template = list.querySelector(":scope > template");
  const place = list.querySelector(":scope > [data-rows]");
  place.append(document.importNode(template.content, true));
  place.lastElementChild.querySelector("input, select")?.focus();
}

/** One goes on with the next place, or with the button for another one. */
function remove(list, row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next?.querySelector("[data-remove]") ?? list.querySelector(":scope > [data-add]")).focus();
}

function earlier(row, button) {
  row.previousElementSibling?.before(row);
  button.focus();
}

function rowsOf(list) {
  return [...list.querySelectorAll(":scope > [data-rows] > [data-row]")];
}

function around(list) {
  return list.parentElement.closest("[data-list]");
}

function outermost(list) {
  return around(list) ? outermost(around(list)) : list;
}

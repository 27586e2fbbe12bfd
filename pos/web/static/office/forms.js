/**
 * Forms that act by the API: `<form data-api="PATCH /customers/…">`.
 *
 * data-version  the ETag's version, sent as If-Match: then only what was changed is sent
 * data-confirm  asks before, in these words
 * data-then     reload | stay | go /office/…/{id} (names of the answer in braces) | show #id: fills what is below with the answer, by data-shows
 * data-told     what is said when it is done
 * data-sends    file: the chosen file itself is the body
 *
 * A submit button with a data-api of its own sends the same fields there, with its own data-told and data-confirm, and stays on the page;
 * `office:done` brings it the answer.
 *
 * What came of it is told by the events office:done and office:refused, with the answer. What the API refuses is said at the field that it
 * is about, and nothing that was typed is lost.
 */
import { call } from "./api.js";
import { bodyOf, dense, Unreadable } from "./fields.js";
import { tell, tellNext } from "./told.js";

const STALE = 412;
const SIGNED_OUT = 401;

export function sendForms(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-api]");
    if (!form) return;
    event.preventDefault();
    if (form.dataset.busy === undefined) send(form, event.submitter?.dataset.api ? event.submitter : form);
  });
}

/** `by` says where to, and what then: the form, or a button of its own mind. */
async function send(form, by) {
  clear(form);
  const request = await read(form, by);
  if (!request || !(await isSure(by))) return;
  form.dataset.busy = "";
  setBusy(form, true);
  const answer = await call(request.method, request.path, request);
  delete form.dataset.busy;
  setBusy(form, false);
  if (answer.ok) succeed(form, by, answer.body);
  else refuse(form, answer);
}

/** What the form asks for, or nothing if a field cannot be read. */
async function read(form, by) {
  const [method, path] = by.dataset.api.split(" ");
  const { version } = by.dataset;
  form.dataset.key ??= crypto.randomUUID();
  const request = { method, path, version, key: method === "POST" ? form.dataset.key : undefined };
  if (form.dataset.sends === "file") return withFile(form, request);
  try {
    const body = dense(await bodyOf(form, { onlyChanged: method === "PATCH" }));
    if (method === "DELETE" && Object.keys(body).length === 0) return request;
    if (method === "PATCH" && Object.keys(body).length === 0) return void tell("Nothing was changed, so nothing was sent.", "");
    return { ...request, body };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    mark(error.field, error.message);
    error.field.focus();
    return undefined;
  }
}

function withFile(form, request) {
  const field = form.querySelector("input[type=file]");
  const [file] = field.files;
  if (file) return { ...request, body: file, type: file.type || "application/octet-stream" };
  mark(field, "Choose a file first.");
  return undefined;
}

/** Asks in the dialog of the page; without a question there is nothing to be sure of. */
function isSure(by) {
  const question = by.dataset.confirm;
  if (!question) return true;
  const dialog = document.getElementById("asking");
  document.getElementById("asking-text").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
  });
}

function succeed(form, by, body) {
  delete form.dataset.key;
  const told = by.dataset.told ?? "Saved.";
  const [then, address] = (by === form ? form.dataset.then ?? "reload" : "stay").split(" ");
  by.dispatchEvent(new CustomEvent("office:done", { bubbles: true, detail: body }));
  if (then === "stay") return tell(told);
  if (then === "show") return show(document.querySelector(address), body);
  tellNext(told);
  if (then === "go") location.assign(address.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(body[name])));
  else location.reload();
  return undefined;
}

/** What is told only once: the answer's fields, each where the page has a place for it. */
function show(place, body) {
  for (const each of place.querySelectorAll("[data-shows]")) {
    const value = body[each.dataset.shows] ?? "";
    if (each.localName === "img") each.src = value;
    else if (each.localName === "a") each.href = value;
    else each.textContent = value;
  }
  place.hidden = false;
  place.focus();
  place.scrollIntoView({ block: "nearest" });
}

function refuse(form, { status, body }) {
  // Another try after a refusal is another request; one that got no answer is the same.
  if (status >= 400 && status < 500) delete form.dataset.key;
  const rest = (body.errors ?? []).filter((error) => !markByPointer(form, error));
  const said = body.errors && rest.length < body.errors.length && rest.length === 0 ? "Look at the marked fields." : body.detail;
  const details = rest.map((error) => `${error.pointer.replace(/^\//, "").replaceAll("/", " ")}: ${error.detail}`);
  form.dispatchEvent(new CustomEvent("office:refused", { bubbles: true, detail: body }));
  say(form, [said ?? "This did not work. Try again in a moment.", ...details.filter((each) => !said?.includes(each))].join(" "), remedy(status));
  form.querySelector("[aria-invalid=true]")?.focus();
}

/** What helps beyond words: the page as it is now, or signing in again beside it. */
function remedy(status) {
  const link = document.createElement("a");
  if (status === STALE) Object.assign(link, { href: location.href, textContent: "Show it as it is now" });
  else if (status === SIGNED_OUT) Object.assign(link, { href: signIn(), target: "_blank", textContent: "Sign in in another window, then send this again" });
  else return null;
  return link;
}

function signIn() {
  return document.querySelector("header.top").dataset.signIn;
}

function say(form, text, remedy) {
  const notice = document.createElement("p");
  notice.className = "notice bad refusal";
  notice.setAttribute("role", "alert");
  notice.append(text, ...(remedy ? [" ", remedy] : []));
  form.prepend(notice);
  notice.scrollIntoView({ block: "nearest" });
}

/** `/profile/city` is the field profile.city; an entry of a list is the field of the list. */
function markByPointer(form, { pointer, detail }) {
  const steps = pointer.replace(/^\//, "").split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  for (let length = steps.length; length > 0; length -= 1) {
    const found = form.elements.namedItem(steps.slice(0, length).join("."));
    const field = found instanceof RadioNodeList ? found[0] : found;
    if (field instanceof HTMLElement && field.type !== "hidden") return mark(field, detail);
  }
  return false;
}

function mark(field, advice) {
  const id = `${field.id || field.name}-advice`;
  const said = document.createElement("p");
  said.className = "advice";
  said.id = id;
  said.textContent = advice;
  field.setAttribute("aria-invalid", "true");
  field.dataset.described = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-describedby", `${field.dataset.described} ${id}`.trim());
  (field.closest(".choices") ?? field).after(said);
  return true;
}

function clear(form) {
  form.querySelectorAll(".refusal, .advice").forEach((said) => said.remove());
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    if (field.dataset.described) field.setAttribute("aria-describedby", field.dataset.described);
    else field.removeAttribute("aria-describedby");
  }
}

function setBusy(form, isBusy) {
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = isBusy;
  form.toggleAttribute("aria-busy", isBusy);
}

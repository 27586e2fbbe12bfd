/** What came of an act, said where the eye is: at the top of the page, also after the page was loaded anew. */
const KEPT = "office-told";

export function tell(text, kind = "good") {
  const place = document.getElementById("told");
  const notice = document.createElement("p");
  notice.className = `notice ${kind}`;
  notice.textContent = text;
  place.replaceChildren(notice);
  notice.scrollIntoView({ block: "nearest" });
}

/** To be told by the page that comes next. */
export function tellNext(text) {
  sessionStorage.setItem(KEPT, text);
}

export function toldBefore() {
  const text = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (text) tell(text);
}

// The tablet's words and the kitchen's own.
import { language, learn, t } from "../../tablet/words/index.js";
import en from "./en.js";
import es from "./es.js";

learn({ en, es });

export { language, t };

/** The time of an instant, by the clock on this wall. */
export function timeOf(instant) {
  return new Intl.DateTimeFormat(language.value, { timeStyle: "short" }).format(new Date(instant));
}

/** What an act is called: the next step of a move, "Seen" of what is void. */
export function nameOf({ kind, to }) {
  return t(kind === "seen" ? "kitchen.do.seen" : `kitchen.do.${to}`);
}

/** What a station is called; the one that everything else belongs to has no name of its own. */
export function stationName(name) {
  return name ?? t("kitchen.no_station");
}

// Papers by the browser's own printing, on a roll of 80 mm.
const STYLES = new URL("print.css", import.meta.url).href;
const MM_OF_A_PIXEL = 25.4 / 96;
const MARGINS_MM = 8;
const SHORTEST_MM = 80;

/** Prints a document of the API (a receipt, a ticket, a report: `?as=json`). */
export async function printed(paper) {
  const title = document.title;
  // What the browser proposes as the name of a file.
  document.title = paper.title;
  try {
    await onPaper(drawn(paper));
  } finally {
    document.title = title;
  }
}

/** Prints an element of the class `paper`, on a page as long as it is, and takes it away again. */
export async function onPaper(element) {
  const sheet = new CSSStyleSheet();
  await styled();
  document.body.append(element);
  try {
    await Promise.allSettled([...element.querySelectorAll("img")].map((image) => image.decode()));
    const length = Math.ceil(element.getBoundingClientRect().height * MM_OF_A_PIXEL) + MARGINS_MM;
    sheet.replaceSync(`@page { size: 80mm ${Math.max(length, SHORTEST_MM)}mm; margin: 4mm; }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    window.print();
  } finally {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    element.remove();
  }
}

/** A page need not know print.css: it is linked with the first paper. */
function styled() {
  if ([...document.styleSheets].some(({ href }) => href === STYLES)) return null;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLES });
  return new Promise((done, failed) => {
    link.addEventListener("load", done);
    link.addEventListener("error", () => failed(new Error(`no answer from ${STYLES}`)));
    document.head.append(link);
  });
}

/** The element of a document; all that it says is text, whatever it looks like. */
export function drawn({ blocks }) {
  const place = made("section", "paper");
  place.append(...blocks.map((block) => DRAWN[block.kind](block)));
  return place;
}

const DRAWN = {
  text: ({ text, align, bold, size }) => made("div", ["text", align, bold && "bold", size > 1 && "big"], text),
  pair: ({ left, right, bold }) => {
    const row = made("div", ["pair", bold && "bold"]);
    row.append(made("span", "left", left), made("span", "right", right));
    return row;
  },
  rule: () => made("hr"),
  space: () => made("div", "space"),
  qr: ({ text, image }) => Object.assign(made("img", "qr"), { src: image, alt: text }),
};

function made(name, classes = [], text = "") {
  const element = document.createElement(name);
  element.className = [classes].flat().filter(Boolean).join(" ");
  element.textContent = text;
  return element;
}

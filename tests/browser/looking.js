// What an eye would stumble over on the page as it stands: gives a sentence for each. Run by looking.py.
() => {
  const SMALLEST = 44;
  const SLACK = 1;
  const TARGETS = "a[href], button, input, select, textarea, summary, [role=button]";
  const TEXTS = "h1, h2, h3, p, dt, dd, label, legend, small, strong, td, th, output, .badge, .notice";
  const root = document.querySelector("dialog[open]:last-of-type") ?? document.body;
  const styleOf = (element) => getComputedStyle(element);
  const nameOf = (element) => {
    const said = (element.getAttribute("aria-label") || element.textContent || element.id || "").trim().replace(/\s+/g, " ");
    return `<${element.localName}> "${said.slice(0, 40)}"`;
  };
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".sr-only, [inert]");
  const around = (element, test) => {
    for (let outer = element.parentElement; outer; outer = outer.parentElement) if (test(styleOf(outer))) return outer;
    return null;
  };
  const clips = ({ overflowX, overflowY }) => overflowX !== "visible" || overflowY !== "visible";
  const scrolls = ({ overflowX }) => ["auto", "scroll"].includes(overflowX);
  const isInline = (element) => styleOf(element).display === "inline";
  // What is pinned lies over what scrolls below it; only what is pinned together must not overlap.
  const layerOf = (element) => (pinned(styleOf(element)) ? element : around(element, pinned));
  const pinned = ({ position }) => ["fixed", "sticky", "absolute"].includes(position);

  // Of what lies in a box that scrolls only the part inside is seen.
  const boxOf = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const box = { left, top, right, bottom };
    for (let outer = around(element, clips); outer && outer !== document.body; outer = around(outer, clips)) {
      const edge = outer.getBoundingClientRect();
      Object.assign(box, { left: Math.max(box.left, edge.left), top: Math.max(box.top, edge.top), right: Math.min(box.right, edge.right), bottom: Math.min(box.bottom, edge.bottom) });
    }
    return box;
  };

  const shown = (selector) => [...root.querySelectorAll(selector)].filter(isShown);
  const targets = shown(TARGETS);
  const texts = shown(TEXTS).filter((element) => !isInline(element));

  const wide = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [`the page is ${scrollWidth} px wide and scrolls sideways in ${clientWidth}`] : [];
  };
  const small = () =>
    targets
      .filter((element) => !(element.localName === "a" && isInline(element)))
      .map((element) => (["checkbox", "radio"].includes(element.type) ? element.closest("label") ?? element : element))
      .map((element) => [element, element.getBoundingClientRect()])
      .filter(([, { width, height }]) => Math.min(width, height) < SMALLEST - 0.5)
      .map(([element, { width, height }]) => `${nameOf(element)} is a target of ${Math.round(width)} × ${Math.round(height)} px`);
  const cutOff = () =>
    [...targets, ...texts]
      .filter((element) => !isInline(element) && !(["input", "textarea", "select"].includes(element.localName)))
      .filter((element) => element.scrollWidth > element.clientWidth + SLACK && !scrolls(styleOf(element)))
      .map((element) => `${nameOf(element)} is ${element.scrollWidth} px of text in ${element.clientWidth}`);
  const outside = () =>
    [...targets, ...texts]
      .filter((element) => !around(element, scrolls))
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return left < -SLACK || right > document.documentElement.clientWidth + SLACK;
      })
      .map((element) => `${nameOf(element)} hangs over the edge of the page`);
  const overlapping = () => {
    const boxes = [...new Set([...targets, ...texts])].map((element) => ({ element, box: boxOf(element), layer: layerOf(element) }));
    const meet = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > SLACK && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > SLACK;
    const found = [];
    boxes.forEach((one, index) => boxes.slice(index + 1).forEach((other) => {
      const isNested = one.element.contains(other.element) || other.element.contains(one.element);
      if (one.layer === other.layer && !isNested && meet(one.box, other.box)) found.push(`${nameOf(one.element)} and ${nameOf(other.element)} overlap`);
    }));
    return found;
  };
  return [...wide(), ...small(), ...cutOff(), ...outside(), ...overlapping()];
}

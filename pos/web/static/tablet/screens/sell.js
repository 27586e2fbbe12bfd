// The catalogue beside the basket.
import { html, useMemo, useState } from "../ui.js";
import { add, basket, count } from "../core/basket.js";
import { catalog } from "../core/catalog.js";
import { isPriced, total } from "../core/quote.js";
import { Basket } from "../parts/basket.js";
import { Options } from "../parts/options.js";
import { go } from "../route.js";
import { money, t } from "../words/index.js";

export function Sell() {
  const [isBasketOpen, setIsBasketOpen] = useState(false);
  const isRound = Boolean(basket.value.adds_to);
  return html`<div class=${`sell ${isBasketOpen ? "basket-open" : ""}`}>
    <${Catalogue} />
    <${Basket} onBack=${() => setIsBasketOpen(false)} />
    <div class="basket-bar">
      <button onClick=${() => setIsBasketOpen(true)}>${t("basket.look", { n: count.value })}</button>
      <button class="main" disabled=${!isRound && !isPriced.value} onClick=${() => (isRound ? setIsBasketOpen(true) : go("pay"))}>${isRound ? t("basket.look_round") : t("basket.pay", { amount: money(total.value) })}</button>
    </div>
  </div>`;
}

function Catalogue() {
  const [category, setCategory] = useState(null);
  const [wanted, setWanted] = useState("");
  const [asked, setAsked] = useState(null);
  const shown = useMemo(() => search(catalog.value, category, wanted), [catalog.value, category, wanted]);
  const put = (product, how) => {
    add(product, how);
    setWanted("");
  };
  const take = (product) => (asksFirst(product) ? setAsked(product) : put(product));
  const top = catalog.value.categories.filter((each) => !each.parent_id);
  return html`<section class="catalogue" aria-label=${t("catalogue.title")}>
    <div class="finder">
      <label class="sr-only" for="find">${t("catalogue.find")}</label>
      <input id="find" type="search" placeholder=${t("catalogue.find")} value=${wanted} onInput=${(event) => setWanted(event.target.value)} />
      <div class="chips" role="group" aria-label=${t("catalogue.categories")}>
        <button aria-pressed=${category === null} onClick=${() => setCategory(null)}>${t("catalogue.all")}</button>
        ${top.map((each) => html`<button key=${each.id} aria-pressed=${category === each.id} onClick=${() => setCategory(each.id)}>${each.name}</button>`)}
      </div>
    </div>
    ${shown.length === 0 && html`<p class="empty">${t(catalog.value.products.length ? "catalogue.nothing_found" : "catalogue.empty")}</p>`}
    <ul class="tiles">${shown.map((product) => html`<${Tile} key=${product.id} product=${product} take=${take} />`)}</ul>
    ${asked && html`<${Options} product=${asked} put=${put} onClose=${() => setAsked(null)} />`}
  </section>`;
}

function Tile({ product, take }) {
  const isOut = product.stock_quantity !== null && product.stock_quantity <= 0;
  // Pictures from elsewhere are not loaded: who shows them would learn of every sale.
  const picture = product.image_url?.startsWith("/") && product.image_url;
  return html`<li>
    <button class="tile" disabled=${isOut} onClick=${() => take(product)}>
      ${picture && html`<img src=${picture} alt="" loading="lazy" decoding="async" onError=${hide} />`}
      <span class="name">${product.name}</span>
      <span class="number quiet">${isOut ? t("catalogue.out") : product.is_open_price ? t("catalogue.open_price") : money(product.sale_price ?? product.price)}</span>
    </button>
  </li>`;
}

/** Without network a picture that was never shown has nothing to show. */
function hide({ target }) {
  target.hidden = true;
}

/** What has to be known before it can lie in the basket: a choice that must be made, or the price. */
function asksFirst(product) {
  return product.is_open_price || product.modifiers.some((group) => group.min > 0);
}

function search({ products, categories }, category, wanted) {
  const within = category && withChildren(categories, category);
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  return products.filter((product) => {
    const text = `${product.name} ${product.sku}`.toLowerCase();
    return (!within || within.has(product.category_id)) && words.every((word) => text.includes(word));
  });
}

function withChildren(categories, top) {
  const found = new Set([top]);
  for (const id of found) categories.filter((each) => each.parent_id === id).forEach((each) => found.add(each.id));
  return found;
}

// Whose a basket or a sale is, and what is in it, in a line each.
import { count, lines } from "../core/basket.js";
import { t } from "../words/index.js";

/** Who buys what is in the basket. */
export function buyerOf({ customer, name }) {
  if (customer.is_walk_in) return t("basket.walk_in");
  return customer.known?.name || name || customer.phone || t("basket.nobody");
}

/** `2 × House IPA, 1 × Pretzel` */
export function goodsOf(sold) {
  return sold.map((line) => `${line.quantity} × ${line.name}`).join(", ");
}

/** `3 items: 2 × House IPA, 1 × Pretzel` */
export function goodsOfBasket() {
  const named = lines.value.map((line) => ({ quantity: line.quantity, name: line.product.name }));
  return `${t("basket.look", { n: count.value })}: ${goodsOf(named)}`;
}

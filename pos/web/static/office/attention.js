/** An act that settles an attention item: when it is done, the item is settled with its word. `data-settles` is the item's id. */
import { call } from "./api.js";
import { tell, tellNext } from "./told.js";

document.addEventListener("office:done", async (event) => {
  const { settles, word, told } = event.target.dataset;
  if (!settles) return;
  const answer = await call("POST", `/attention-items/${settles}/resolution`, { body: { resolution: word } });
  if (!answer.ok) return void tell(`${told} The item is still open: ${answer.body.detail ?? "settle it below."}`, "warn");
  tellNext(told);
  location.reload();
});

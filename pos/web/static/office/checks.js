/** What asking a provider has shown: each point with whether it is fine, and what to do if not. */
document.addEventListener("office:done", ({ target, detail }) => {
  const list = target.closest("li")?.querySelector(".checks");
  if (list) list.replaceChildren(...detail.data.map(line));
});

function line({ name, is_fine: isFine, advice }) {
  const entry = document.createElement("li");
  const badge = document.createElement("span");
  badge.className = `badge ${isFine ? "good" : "bad"}`;
  badge.textContent = isFine ? "fine" : "look here";
  entry.append(badge, ` ${name}${advice ? `: ${advice}` : ""}`);
  return entry;
}

"use strict";
const filters = [...document.querySelectorAll("#filters select")];
const cards = [...document.querySelectorAll("article.card")];
const shown = document.getElementById("shown");
function apply() {
  let n = 0;
  for (const card of cards) {
    const fits = filters.every((f) => !f.value || card.dataset[f.name] === f.value);
    card.hidden = !fits;
    n += fits;
  }
  if (shown) shown.textContent = `${n} of ${cards.length} shown`;
}
for (const f of filters) f.addEventListener("change", apply);
const reset = document.getElementById("reset");
if (reset) reset.addEventListener("click", () => { for (const f of filters) f.value = ""; apply(); });
const box = document.getElementById("large");
for (const button of document.querySelectorAll("button.zoom")) {
  button.addEventListener("click", () => {
    const picture = box.querySelector("img");
    picture.src = button.querySelector("img").src;
    picture.alt = button.querySelector("img").alt;
    box.showModal();
  });
}
if (box) box.addEventListener("click", () => box.close());
apply();

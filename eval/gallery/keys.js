// Keyboard, zoom, theme; then the first drawing.
const search = document.getElementById("search");
const panel = document.getElementById("panel");

function step(by) {
  const now = [...place.children].indexOf(document.activeElement?.closest?.(".card"));
  let next = now + by;
  if (now < 0) { // nowhere yet: the first card that is in sight
    next = [...place.children].findIndex((c) => c.getBoundingClientRect().bottom > 80);
  }
  next = Math.max(0, Math.min(next, fitting.length - 1));
  drawMore(Math.max(drawn, next + 5));
  const card = place.children[next];
  if (!card) return;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "start" });
}

function zoom(image) {
  const box = document.getElementById("zoom");
  const large = box.querySelector("img");
  large.src = image.src;
  large.alt = image.alt;
  box.showModal();
}
document.getElementById("zoom").addEventListener("click", (e) => { if (e.target.closest("button") === null) e.currentTarget.close(); });

const THEMES = ["system", "light", "dark"];
function theme(name) {
  document.documentElement.dataset.theme = name;
  document.querySelector("#theme span").textContent = name;
  try { localStorage.setItem("gallery-theme", name); } catch { /* a file may have no storage */ }
}
const nextTheme = () => theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
let kept = "system";
try { kept = localStorage.getItem("gallery-theme"); } catch { /* as above */ }
theme(THEMES.includes(kept) ? kept : "system");

const help = document.getElementById("help");
const actions = {
  j: () => step(1), ArrowRight: () => step(1), k: () => step(-1), ArrowLeft: () => step(-1),
  "/": () => { panel.open = true; search.focus(); search.select(); },
  f: () => { panel.open = true; (document.querySelector(".facet input") || search).focus(); },
  c: clear, t: nextTheme, "?": () => help.showModal(),
  z: () => document.activeElement?.closest?.(".card")?.querySelector("button.zoom")?.click(),
  Enter: () => { if (document.activeElement?.matches?.(".card")) actions.z(); },
};
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
  const field = e.target.matches("input[type=search]");
  if (e.key === "Escape") {
    if (document.activeElement !== document.body) document.activeElement.blur();
    return;
  }
  if (field || !Object.hasOwn(actions, e.key)) return;
  if (e.key === "Enter" && !e.target.matches(".card")) return;
  e.preventDefault();
  actions[e.key]();
});

function toAnswers() {
  const answers = document.getElementById("answers");
  answers.scrollIntoView();
  answers.focus({ preventScroll: true });
}

let waiting = 0;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => { words = search.value.trim(); apply(); }, 120);
});
document.getElementById("filters").addEventListener("submit", (e) => { e.preventDefault(); step(0); });
document.getElementById("theme").addEventListener("click", nextTheme);
document.getElementById("keys").addEventListener("click", () => help.showModal());
document.querySelector(".skip").addEventListener("click", (e) => { // the address after the # is the filters'
  e.preventDefault();
  toAnswers();
});
for (const button of document.querySelectorAll("button[data-facet]")) {
  button.addEventListener("click", () => {
    for (const values of chosen.values()) values.clear();
    words = search.value = "";
    toggle(button.dataset.facet, button.dataset.value, true);
    toAnswers();
  });
}
window.addEventListener("hashchange", readAddress);
window.addEventListener("beforeprint", () => drawMore(500));
if (matchMedia("(max-width: 860px)").matches) panel.open = false;
drawFacets();
readAddress();

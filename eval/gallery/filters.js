"use strict";
// Which cards are shown: facets with counts, free-text search, and both in the address after the #.
const data = JSON.parse(document.getElementById("data").textContent);
const runs = data.runs;
const cards = data.cards;
const LEVELS = data.levels;
const byRun = (what, key) => runs.map((name, i) => ({
  key: key + i, name: runs.length > 1 ? `${what}: ${name}` : what,
  of: (card) => (card.runs[i] ? card.runs[i][key === "error" ? "faults" : "letters"] : []),
}));
const single = (key, name = key) => ({ key, name, of: (card) => [card[key]] });
const facets = [
  ...(runs.length > 1 ? [single("change", runs.join(" → "))] : []),
  ...byRun("kind of error", "error"),
  single("bench"), { ...single("level"), said: (v) => (LEVELS[v] ? `${v} ${LEVELS[v]}` : v) }, single("topic"), single("lang", "language"), single("source"), single("split"),
  ...byRun("letters", "letters").map((f) => ({ ...f, quiet: true })), // reached from the table of letters
  { key: "id", name: "question", of: (card) => [card.id], quiet: true },
];
const chosen = new Map(facets.map((f) => [f.key, new Set()]));
let words = "";
let fitting = [];

function make(tag, fields = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(fields)) {
    if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((c) => c !== null));
  return node;
}

function textOf(card) { // made when first searched
  card.words ??= [card.id, card.topic, card.question, ...card.options, card.wanted,
    ...card.runs.flatMap((r) => (r ? r.replies.flatMap((x) => [x.text, x.reading]) : []))].join("\n").toLowerCase();
  return card.words;
}

function fits(card, but) {
  return facets.every((f) => f === but || !chosen.get(f.key).size || f.of(card).some((v) => chosen.get(f.key).has(v)))
    && words.toLowerCase().split(/\s+/).every((w) => !w || textOf(card).includes(w));
}

function countsOf(facet) {
  const counts = new Map();
  for (const card of cards) {
    if (fits(card, facet)) for (const value of facet.of(card)) counts.set(value, (counts.get(value) || 0) + 1);
  }
  return counts;
}

// -- the panel
const boxes = []; // {facet, value, input, count}
function drawFacets() {
  for (const facet of facets.filter((f) => !f.quiet)) {
    const counts = new Map();
    for (const card of cards) for (const value of facet.of(card)) counts.set(value, (counts.get(value) || 0) + 1);
    if (counts.size < 2) continue;
    const byCount = facet.key.startsWith("error") || facet.key === "topic";
    const values = [...counts.keys()].sort((a, b) => (byCount && counts.get(b) - counts.get(a)) || (a < b ? -1 : 1));
    const list = make("div", { class: "values" });
    for (const value of values) {
      const input = make("input", { type: "checkbox", onchange: () => toggle(facet.key, value, input.checked) });
      const count = make("span", { class: "count" });
      list.append(make("label", {}, input, make("span", { class: "name", text: facet.said ? facet.said(value) : value }), count));
      boxes.push({ facet, value, input, count });
    }
    document.getElementById("facets").append(
      make("fieldset", { class: "facet" }, make("legend", { text: facet.name }), list));
  }
}

function toggle(key, value, on) {
  chosen.get(key)[on ? "add" : "delete"](value);
  apply();
}

function clear() {
  for (const values of chosen.values()) values.clear();
  words = document.getElementById("search").value = "";
  apply();
}

function apply(keep = false) {
  fitting = cards.filter((card) => fits(card, null));
  const counts = new Map();
  for (const { facet, value, input, count } of boxes) {
    if (!counts.has(facet)) counts.set(facet, countsOf(facet));
    const n = counts.get(facet).get(value) || 0;
    input.checked = chosen.get(facet.key).has(value);
    count.textContent = n;
    count.parentNode.classList.toggle("none", !n);
  }
  drawChips();
  const all = cards.length;
  document.getElementById("shown").textContent =
    `${fitting.length === all ? "" : `${fitting.length} of `}${all} question${all === 1 ? "" : "s"}`;
  if (!keep) writeAddress();
  redraw();
}

function drawChips() {
  const list = document.getElementById("chips");
  list.replaceChildren();
  const chip = (text, off) => list.append(make("button", {
    type: "button", text: `${text} ✕`, "aria-label": `remove: ${text}`,
    onclick: () => { off(); (list.querySelector("button") || document.getElementById("search")).focus(); },
  }));
  for (const f of facets) for (const value of chosen.get(f.key)) chip(`${f.name}: ${f.said ? f.said(value) : value}`, () => toggle(f.key, value, false));
  if (words) chip(`search: ${words}`, () => { words = document.getElementById("search").value = ""; apply(); });
  if (list.childElementCount) list.append(make("button", { type: "button", onclick: clear, text: "clear all" }));
}

// -- the address
function writeAddress() {
  const said = new URLSearchParams();
  for (const [key, values] of chosen) for (const value of values) said.append(key, value);
  if (words) said.set("search", words);
  const hash = said.toString();
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash ? `#${hash}` : "#");
}

function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  for (const [key, values] of chosen) {
    values.clear();
    for (const value of said.getAll(key)) values.add(value);
  }
  words = document.getElementById("search").value = said.get("search") || "";
  apply(true);
}

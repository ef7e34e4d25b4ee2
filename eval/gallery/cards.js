// Cards, drawn a few at a time as they come into sight. What a model says is only ever set as text.
const BATCH = 20;
const LONG = 1500;
const place = document.getElementById("cards");
let drawn = 0;

function redraw() {
  place.replaceChildren();
  drawn = 0;
  if (!fitting.length) place.append(make("p", { text: cards.length ? "No question fits these filters." : "There is no wrong answer." }));
  drawMore();
}

function drawMore(until = drawn + BATCH) {
  const batch = document.createDocumentFragment();
  for (; drawn < Math.min(until, fitting.length); drawn += 1) batch.append(drawCard(fitting[drawn]));
  place.append(batch);
}

function drawCard(card) {
  const link = `#${new URLSearchParams([["id", card.id]])}`;
  const node = make("article", { class: "card", tabindex: "-1", "aria-label": `${card.topic}: ${card.question}`.slice(0, 200) },
    make("header", {},
      card.change ? make("span", { class: `badge ${card.change.split(" ")[0]}`, text: card.change }) : null,
      make("span", { text: `${card.bench} · level ${card.level} · ${card.topic} · ${card.lang} · ${card.source}` }),
      make("a", { href: link, text: "link", "aria-label": "link to this question alone" })),
    drawPictures(card),
    make("div", { class: "said" }, make("p", { class: "question", lang: card.lang, text: card.question }),
      ...drawWanted(card), ...card.runs.map((run, i) => drawRun(card, run, i))));
  return node;
}

function drawPictures(card) {
  const box = make("div", { class: "pictures" });
  card.pictures.forEach((number, n) => {
    const page = card.pictures.length > 1 ? `page ${n + 1}${card.evidence.includes(n + 1) ? ", shows the answer" : ""}` : "";
    if (page) box.append(make("p", { class: "page", text: page }));
    const stored = document.getElementById(`p${number}`);
    const { width, height, name, why } = stored.dataset;
    if (!stored.textContent) return void box.append(make("p", { class: "absent", text: `${name} ${why}` }));
    const image = make("img", { src: stored.textContent, width, height, alt: `picture ${name} ${page}`, decoding: "async" });
    box.append(make("button", { type: "button", class: "zoom", "aria-label": "show the picture larger", onclick: () => zoom(image) }, image));
  });
  if (!card.pictures.length) box.append(make("p", { class: "absent", text: "a question without a picture" }));
  return box;
}

const LETTERS = "ABCDEFGH";
function drawOptions(options, wanted, choices) {
  const list = make("ol", { class: "options" });
  options.forEach((option, n) => {
    const right = LETTERS[n] === wanted;
    const line = make("li", right ? { class: "right" } : {}, make("b", { text: LETTERS[n] }), make("span", { text: option }));
    if (right) line.append(make("span", { class: "mark right", text: "✓ wanted" }));
    for (const [letter, name] of choices) {
      if (letter === LETTERS[n]) line.append(make("span", { class: `mark ${right ? "right" : "wrong"}`, text: `${right ? "✓" : "✗"} ${name}` }));
    }
    list.append(line);
  });
  return list;
}

function drawWanted(card) {
  if (!card.options.length) return [make("p", { class: "wanted" }, "wanted: ", make("b", { text: card.wanted }))];
  const choices = card.runs.map((r, i) => [r ? r.replies[0].letter : "", runs[i]]);
  return [drawOptions(card.options, card.wanted, choices)];
}

function drawRun(card, run, i) {
  if (!run) return make("div", { class: "run" }, make("h3", {}, make("span", { class: `key r${i}` }), `${runs[i]}: not asked this question`));
  const n = run.replies.length;
  const good = run.replies.filter((r) => r.right).length;
  const kinds = run.faults.filter((f) => f !== "no error").join(", ");
  const part = run.score > 0 && run.score < 1;
  const verdict = part ? `in part: ${kinds}` : run.right ? "✓ right" : `✗ ${kinds || "wrong"}`;
  const mark = part ? "part" : run.right ? "right" : "wrong";
  const parts = [make("h3", {}, make("span", {}, make("span", { class: `key r${i}` }), runs[i]),
    make("span", { class: `badge ${mark}`, text: verdict }),
    part ? make("span", { class: "mark", text: `score ${run.score}` }) : null)];
  const first = run.replies.find((r) => !r.right) || run.replies[0]; // what is wrong is seen without unfolding
  parts.push(...(first === run.replies[0] ? drawReply(first) : [drawTurn(first, card)]));
  if (n > 1) {
    const rest = make("details", {}, make("summary", { text: `asked ${n} times, ${good} right` }));
    rest.addEventListener("toggle", () => { // drawn when first opened
      if (rest.open && rest.childElementCount === 1) rest.append(...run.replies.map((r) => drawTurn(r, card)));
    });
    parts.push(rest);
  }
  return make("div", { class: "run" }, ...parts);
}

function drawTurn(reply, card) {
  const when = [reply.repeat ? `time ${reply.repeat + 1}` : "", reply.rotation ? `options moved on by ${reply.rotation}` : "options in their own order"];
  const node = make("div", { class: "turn" }, make("p", { text: when.filter((w) => w && (card.options.length || !w.startsWith("options"))).join(", ") || "time 1" }));
  if (reply.options) node.append(drawOptions(reply.options, reply.wanted, [[reply.letter, "chosen"]]));
  node.append(...drawReply(reply));
  return node;
}

function drawReply(reply) {
  const mark = reply.right ? "right" : reply.score ? "part" : "wrong";
  const sign = { right: "✓ ", part: "", wrong: "✗ " }[mark];
  const more = Object.entries(reply.scores || {}).map(([name, value]) => `${name} ${value}`).join(", ");
  const text = reply.text;
  const box = make("p", { class: text.trim() ? "reply" : "reply empty", text: text.trim() ? text : "(empty)", tabindex: text.length > 600 ? "0" : "-1" });
  const parts = [make("p", { class: `reading ${mark}`, text: `${sign}${reply.reading}${more ? ` (${more})` : ""}` }), box];
  if (text.length > LONG) {
    box.textContent = `${text.slice(0, LONG)} …`;
    const all = make("button", { type: "button", text: `show all ${text.length.toLocaleString("en")} characters`, onclick: () => { box.textContent = text; all.remove(); box.focus(); } });
    parts.push(all);
  }
  return parts;
}

new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) drawMore(); }, { rootMargin: "1500px" })
  .observe(document.getElementById("more"));

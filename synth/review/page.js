// Keys, zoom and the place in the address of the review page. No library, no network of its own.
(() => {
  const body = () => document.body.classList;
  const byId = (id) => document.getElementById(id);
  const button = (id) => { const e = byId(id); return e && (e.tagName === "BUTTON" ? e : e.querySelector("button")); };
  let busySince = 0, current = "", dirty = false, answers = 0, reviewer = "";

  // -- place: what a reload shows again ----------------------------------------------------------
  const session = () => {
    let s = sessionStorage.getItem("review-session");
    if (!s) { s = Math.random().toString(36).slice(2) + Date.now().toString(36); sessionStorage.setItem("review-session", s); }
    return s;
  };
  const start = () => JSON.stringify({
    session: session(),
    by: sessionStorage.getItem("review-by") || "",
    address: Object.fromEntries(new URLSearchParams(location.search)),
  });
  const after = (placeText, names, values) => {
    busySince = 0; answers += 1;
    let place = {};
    try { place = JSON.parse(placeText || "{}"); } catch { return; }
    if (place.mode === "still") return;
    reviewer = place.by;
    body().toggle("rv-nameless", !reviewer);
    if (place.named) { sessionStorage.setItem("review-by", place.by); try { localStorage.setItem("review-by", place.by); } catch { /* private window */ } }
    if (!place.by) proposeName();
    if (place.mode !== "edit") { body().remove("rv-editing"); dirty = false; }
    body().remove("rv-rejecting");
    const address = new URLSearchParams();
    if (place.item) address.set("item", place.item);
    names.forEach((name, n) => { if (values[n]) address.set(name, values[n]); });
    history.replaceState(null, "", "?" + address.toString());
    if (place.item !== current) { current = place.item; const card = byId("rv-card"); if (card) card.scrollTop = 0; }
    if (place.by && place.mode !== "edit" && document.activeElement && typing(document.activeElement) && !byId("rv-filters").contains(document.activeElement)) document.activeElement.blur();
  };
  const proposeName = () => {
    const field = byId("rv-by") && byId("rv-by").querySelector("textarea, input");
    if (!field) return;
    const known = localStorage.getItem("review-by");
    if (known && !field.value) { field.value = known; field.dispatchEvent(new Event("input", { bubbles: true })); }
    field.focus(); field.select();
  };

  // -- keys --------------------------------------------------------------------------------------
  const typing = (e) => e && (e.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName));
  const press = (id) => { const b = button(id); if (b && !b.disabled) b.click(); };
  const edit = () => {
    if (!current) return;
    body().remove("rv-rejecting"); body().add("rv-editing"); dirty = false;
    byId("rv-edit").querySelectorAll("textarea").forEach((t) => {  // hidden until now, so gradio could not measure them
      t.style.height = "auto"; t.style.height = Math.min(t.scrollHeight + 2, innerHeight / 4) + "px";
    });
    const field = byId("rv-question").querySelector("textarea");
    if (field) { field.focus(); field.setSelectionRange(field.value.length, field.value.length); }
  };
  const cancel = () => { if (!dirty || confirm("Drop what you typed?")) press("rv-cancel"); };
  const reject = () => { if (current) body().add("rv-rejecting"); };
  const leaveReject = () => body().remove("rv-rejecting");
  const plainKeys = {
    a: () => press("rv-accept"), e: edit, r: reject, u: () => press("rv-undo"),
    n: () => press("rv-next"), ArrowRight: () => press("rv-next"),
    p: () => press("rv-previous"), ArrowLeft: () => press("rv-previous"),
    "/": () => { const f = byId("rv-search").querySelector("textarea, input"); if (f) { f.focus(); f.select(); } },
    "?": () => body().toggle("rv-helping"), Escape: () => { body().remove("rv-helping"); leaveReject(); },
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "0": () => fit(),
  };
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey) return;
    if (body().contains("rv-nameless")) {
      if (event.key === "Enter") { event.preventDefault(); press("rv-start"); }
      if (event.key === "Escape" && reviewer) body().remove("rv-nameless");
      return;
    }
    if (body().contains("rv-editing")) {
      if (event.key === "Enter" && event.ctrlKey) { event.preventDefault(); press("rv-save"); }
      if (event.key === "Escape") { event.preventDefault(); cancel(); }
      return;
    }
    if (event.ctrlKey) return;
    if (typing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    if (body().contains("rv-rejecting") && !event.repeat) {
      const which = event.key === "Enter" || event.key === "r" ? "0" : event.key;
      if (/^[0-5]$/.test(which)) { event.preventDefault(); press("rv-reason-" + which); return; }
    }
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      event.preventDefault();
      const by = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
      view.x += by[0]; view.y += by[1]; draw(); return;
    }
    const far = { ArrowDown: 60, ArrowUp: -60, PageDown: 300, PageUp: -300 }[event.key];
    if (far) { event.preventDefault(); byId("rv-card").scrollTop += far; return; }
    const act = plainKeys[event.key] || plainKeys[event.key.toLowerCase()];
    if (act && !event.repeat) { event.preventDefault(); act(); }
  }, true);

  // One action at a time: a second press before the answer would hit a question nobody has read.
  addEventListener("click", (event) => {
    const hit = event.target.closest && event.target.closest("button");
    if (!hit) { body().remove("rv-helping"); return; }
    if (hit.id === "rv-edit-open") { event.preventDefault(); event.stopPropagation(); edit(); return; }
    if (hit.id === "rv-reject") { event.preventDefault(); event.stopPropagation(); reject(); return; }
    if (hit.classList.contains("rv-who")) { body().add("rv-nameless"); proposeName(); return; }
    if (hit.id === "rv-reject-leave") { event.preventDefault(); event.stopPropagation(); leaveReject(); return; }
    if (hit.id === "rv-help-open") { event.preventDefault(); event.stopPropagation(); body().toggle("rv-helping"); return; }
    if (!hit.classList.contains("rv-act")) return;
    // Before its first answer the page does not know its place: a press would decide nothing and be lost without a word.
    if (!answers || Date.now() - busySince < 5000) { event.preventDefault(); event.stopPropagation(); return; }
    busySince = Date.now();
    watch();
  }, true);
  // Gradio's client gives up for good when the server was away: the page loads itself again, at the same question.
  let watching = false;
  const watch = async () => {
    if (watching) return;
    watching = true;
    const before = answers;
    for (let n = 0, away = false; answers === before; n += 1) {
      await new Promise((done) => setTimeout(done, 1000));
      try {
        await fetch("picture/none", { cache: "no-store" });
        if (answers === before && (away || n >= 10)) location.reload();
        if (away || n >= 10) break;
      } catch { away = true; }
    }
    watching = false;
  };
  addEventListener("input", (event) => { if (byId("rv-edit") && byId("rv-edit").contains(event.target) && event.isTrusted) dirty = true; }, true);
  addEventListener("beforeunload", (event) => { if (dirty && body().contains("rv-editing")) event.preventDefault(); });

  // The question is free for others at once, not only when the server has heard nothing for a while.
  addEventListener("pagehide", () => navigator.sendBeacon("leave", session()));

  // -- zoom --------------------------------------------------------------------------------------
  const view = { scale: 1, x: 0, y: 0, of: "" };
  const stage = () => document.querySelector("#rv-left .rv-stage");
  const draw = () => {
    const s = stage(), sheet = s && s.querySelector(".rv-sheet");
    if (sheet) { sheet.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`; s.dataset.scale = view.scale.toFixed(3); }
  };
  const fit = () => { view.scale = 1; view.x = 0; view.y = 0; draw(); };
  const zoom = (by, at) => {
    const s = stage();
    if (!s) return;
    const box = s.getBoundingClientRect();
    const x = at ? at[0] - box.left : box.width / 2, y = at ? at[1] - box.top : box.height / 2;
    const scale = Math.min(20, Math.max(1, view.scale * by));
    view.x = x - (x - view.x) * scale / view.scale;
    view.y = y - (y - view.y) * scale / view.scale;
    view.scale = scale;
    if (scale === 1) { view.x = 0; view.y = 0; }
    draw();
  };
  addEventListener("wheel", (event) => {
    if (!event.target.closest || !event.target.closest(".rv-stage")) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), [event.clientX, event.clientY]);
  }, { passive: false });
  let from = null;
  addEventListener("pointerdown", (event) => {
    const s = event.target.closest && event.target.closest(".rv-stage");
    if (!s || event.button) return;
    if (document.activeElement && typing(document.activeElement) && !body().contains("rv-editing")) document.activeElement.blur();
    from = [event.clientX - view.x, event.clientY - view.y]; s.classList.add("rv-dragging");
  });
  addEventListener("pointermove", (event) => { if (from) { view.x = event.clientX - from[0]; view.y = event.clientY - from[1]; draw(); } });
  addEventListener("pointerup", () => { from = null; const s = stage(); if (s) s.classList.remove("rv-dragging"); });
  addEventListener("dblclick", (event) => { if (event.target.closest && event.target.closest(".rv-stage")) view.scale > 1 ? fit() : zoom(2.5, [event.clientX, event.clientY]); });
  new MutationObserver(() => {
    const s = stage();
    if (s && s.dataset.pictures !== view.of) { view.of = s.dataset.pictures; fit(); }  // the same picture keeps its zoom
    else if (s && !s.dataset.scale) draw();
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.review = { start, after, answers: () => answers };
})();

"use strict";
// A call's page: play any word, step or turn, and show where it is. Works on what call_view.j2 wrote, and tells whoever
// listens (`call:play` on the element with data-call-view, detail {at, step}) what is being played.
(() => {
  const root = document.querySelector("[data-call-view]");
  const block = document.getElementById("call-data");
  if (!root || !block) return;
  const nonce = document.currentScript?.nonce;
  const data = JSON.parse(block.textContent);
  const { t, clock } = SOP;
  const MOMENT = 1.5, WORD = 0.4; // seconds of lead-in, so that nothing is entered in mid-word
  const LINGER = 0.3; // seconds for which a word stays marked after its end
  const CENTI = 100;
  const SHORTCUTS_OFF = "sop-report-keys-off";
  const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
  const SHOWN_KEYS = [
    [["k"], "player.toggle"], [["j"], "player.back"], [["l"], "player.on"], [[",", "."], "keys.speed"],
    [["1", "–", "9"], "keys.step"], [["n", "p"], "keys.next"], [["?"], "keys.help"],
  ];
  const audio = root.querySelector(".cv-audio");
  const find = (name) => root.querySelector(`[data-do="${name}"]`);
  const words = []; // {start, end, node, turn}, by start
  let current = null, order = [];

  // --- sound -------------------------------------------------------------------------------

  function hear(at, lead = MOMENT, step = null) {
    if (!audio) return;
    const go = () => {
      audio.currentTime = Math.max(0, at - lead);
      audio.play().catch(() => {}); // the error event has already told the person
    };
    root.dispatchEvent(new CustomEvent("call:play", { bubbles: true, detail: { at, step } }));
    if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) { go(); return; }
    audio.onloadedmetadata = go; // only the last moment asked for counts
    if (audio.error || audio.preload === "none") { audio.preload = "auto"; audio.load(); }
  }

  function toggle() {
    if (!audio) return;
    if (!audio.paused) { audio.pause(); return; }
    root.dispatchEvent(new CustomEvent("call:play", { bubbles: true, detail: { at: audio.currentTime, step: null } }));
    audio.play().catch(() => {});
  }

  function skip(seconds) {
    if (audio) audio.currentTime = Math.min(Math.max(0, audio.currentTime + seconds), audio.duration || data.seconds);
  }

  function speed(change) {
    const select = find("speed");
    const index = select ? select.selectedIndex + change : -1;
    if (index < 0 || index >= select.options.length) return;
    select.selectedIndex = index;
    audio.playbackRate = Number(select.value);
  }

  function showTime() {
    const shown = root.querySelector(".cv-now");
    if (shown) shown.textContent = clock(audio.currentTime);
    mark(audio.currentTime);
  }

  function showState() {
    const button = find("toggle"), key = audio.paused ? "player.play" : "player.pause";
    button.querySelector(".cv-icon").textContent = audio.paused ? "▶" : "❚❚";
    const word = button.querySelector(".cv-word");
    word.dataset.t = key;
    word.textContent = t(key);
    if (!audio.paused) requestAnimationFrame(tick);
  }

  function tick() {
    showTime();
    if (!audio.paused) requestAnimationFrame(tick);
  }

  // --- words -------------------------------------------------------------------------------

  // Word times stand beside a turn (data-w), in 1/100 s: lengths, after "GAP_" where a word does not follow at once.
  function wrapWords(said) {
    const times = said.dataset.w.split(",").map((one) => (one.includes("_") ? one.split("_") : ["0", one]).map(Number));
    const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".tag")) texts.push(walker.currentNode);
    let index = 0, at = 0;
    for (const text of texts) {
      const parts = text.data.split(/([ \n]+)/).filter(Boolean).map((part) => {
        if (/^[ \n]/.test(part)) return part;
        const [gap, length] = times[index], node = SOP.el("span", { class: "w" }, part);
        const start = at + gap;
        at = start + length;
        index += 1;
        words.push({ start: start / CENTI, end: at / CENTI, node, turn: said.parentElement });
        return node;
      });
      text.replaceWith(...parts);
    }
  }

  function mark(time) {
    let low = 0, high = words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (words[middle].start <= time) low = middle + 1; else high = middle;
    }
    const word = low && time < words[low - 1].end + LINGER ? words[low - 1] : null;
    if (word === current) return;
    current?.node.classList.remove("now");
    word?.node.classList.add("now");
    const turned = word && word.turn !== current?.turn;
    current = word;
    if (turned && !audio.paused && find("follow")?.checked) reveal(word.turn);
  }

  // Scrolls the transcript alone where it has a pane of its own, so that the page does not move under the reader.
  function reveal(node) {
    const pane = node.closest(".pane");
    if (pane && pane.scrollHeight > pane.clientHeight + 4) {
      const top = node.getBoundingClientRect().top - pane.getBoundingClientRect().top;
      if (top < 0 || top + node.offsetHeight > pane.clientHeight) pane.scrollTop += top - pane.clientHeight / 3;
    } else node.scrollIntoView({ block: "nearest" });
  }

  function wordAt(node) { return words.find((word) => word.node === node); }

  // --- steps -------------------------------------------------------------------------------

  function showStep(number, { play = false, focus = false } = {}) {
    const card = document.getElementById(`step-${number}`);
    if (!card) return;
    root.querySelectorAll(".cv-step.current").forEach((other) => other.classList.remove("current"));
    card.classList.add("current");
    if (focus) card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
    const said = root.querySelector(`.place[data-number="${number}"]`)
      ?? root.querySelector(`.tag a[href="#step-${number}"]`)?.closest(".turn");
    if (said) reveal(said);
    const button = card.querySelector("[data-play]");
    if (play && button) hear(Number(button.dataset.play), MOMENT, card.dataset.step);
  }

  function nextStep(change) {
    const shown = Number(root.querySelector(".cv-step.current")?.dataset.number ?? (change > 0 ? 0 : 1));
    const count = root.querySelectorAll(".cv-step").length;
    const number = shown + change;
    if (number >= 1 && number <= count) showStep(number, { focus: true });
  }

  function fromAddress() {
    const step = location.hash.match(/^#step-(\d+)$/), time = location.hash.match(/^#t=([\d.]+)$/);
    if (step) {
      showStep(Number(step[1]), { focus: true });
      const at = document.querySelector(`#step-${step[1]} [data-play]`);
      if (at && audio) cue(Number(at.dataset.play) - MOMENT);
    } else if (time && audio) cue(Number(time[1]));
  }

  function cue(at) {
    const go = () => { audio.currentTime = Math.max(0, at); };
    if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) go();
    else audio.addEventListener("loadedmetadata", go, { once: true });
  }

  // --- keyboard -------------------------------------------------------------------------------

  function onClick(event) {
    const word = event.target.closest(".w");
    if (word) { const at = wordAt(word); if (at) hear(at.start, WORD); return; }
    const spot = event.target.closest("a.spot");
    if (spot) { event.preventDefault(); showStep(Number(spot.dataset.go), { play: true }); return; }
    const tag = event.target.closest(".tag a");
    if (tag) { event.preventDefault(); showStep(Number(tag.hash.slice("#step-".length)), { focus: true }); return; }
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.play) hear(Number(button.dataset.play), MOMENT, button.closest("[data-step]")?.dataset.step);
    else if (button.dataset.do === "toggle") toggle();
    else if (button.dataset.do === "back") skip(-15);
    else if (button.dataset.do === "on") skip(5);
    else if (button.dataset.do === "help") help();
  }

  function help() {
    const keys = document.getElementById("cv-keys"), button = find("help");
    if (!keys) return;
    keys.hidden = !keys.hidden;
    button.setAttribute("aria-expanded", String(!keys.hidden));
  }

  const KEYS = {
    k: toggle, j: () => skip(-15), l: () => skip(5), ",": () => speed(-1), ".": () => speed(1),
    n: () => nextStep(1), p: () => nextStep(-1), "?": help,
  };

  function onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.closest?.("input, textarea, select, [contenteditable], dialog[open]")) return;
    const turn = target.closest?.(".by .play");
    if (turn && event.key.startsWith("Arrow")) { walk(turn, event); return; }
    if (find("keys") && !find("keys").checked) return;
    if (Object.hasOwn(KEYS, event.key)) { event.preventDefault(); KEYS[event.key](); }
    else if (/^[1-9]$/.test(event.key)) showStep(Number(event.key), { play: true });
  }

  // Up and down: from turn to turn, of which one is in the order of tabs. Left and right: word by word.
  function walk(button, event) {
    const turn = button.closest(".turn"), step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    event.preventDefault();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = order[order.indexOf(button) + step];
      if (next) { rove(next); next.focus(); reveal(next.closest(".turn")); }
      return;
    }
    const own = words.filter((word) => word.turn === turn);
    const at = own.indexOf(current);
    const word = own[at < 0 ? 0 : Math.min(Math.max(0, at + step), own.length - 1)];
    if (word) { hear(word.start, 0); mark(word.start + 0.001); }
  }

  function rove(button) {
    order.forEach((other) => { other.tabIndex = other === button ? 0 : -1; });
  }

  // --- controls ----------------------------------------------------------------------------

  const switching = (tag, key, attributes = {}) => SOP.el(tag, { "data-t": key, ...attributes }, t(key));
  const hidden = (key) => switching("span", key, { class: "sr" });

  function controls() {
    const { el } = SOP;
    const button = (name, attributes, ...content) => el("button", { type: "button", "data-do": name, ...attributes }, ...content);
    const box = (name, key) => el("label", { class: "tick-box" },
      el("input", { type: "checkbox", "data-do": name, checked: "" }), " ", switching("span", key));
    const speeds = SPEEDS.map((speed) => el("option", { value: speed, ...(speed === 1 ? { selected: "" } : {}) }, `${speed}×`));
    root.querySelector(".cv-controls").append(
      button("toggle", { class: "main" }, el("span", { "aria-hidden": "true", class: "cv-icon" }, "▶"), " ",
        switching("span", "player.play", { class: "cv-word" })),
      button("back", {}, "−15 s", hidden("player.back")),
      button("on", {}, "+5 s", hidden("player.on")),
      el("span", { class: "cv-time" }, hidden("player.time"), el("span", { class: "cv-now" }, "0:00"),
        ` / ${clock(data.seconds)}`),
      el("label", {}, switching("span", "player.speed"), " ", el("select", { "data-do": "speed" }, ...speeds)),
      box("follow", "player.follow"),
      button("help", { class: "quiet", "aria-expanded": "false", "aria-controls": "cv-keys" }, switching("span", "keys")),
      el("div", { id: "cv-keys", class: "cv-keys", hidden: "" },
        el("dl", {}, ...SHOWN_KEYS.map(([keys, key]) => el("div", {},
          el("dt", {}, ...keys.map((one) => (one === "–" ? one : el("kbd", {}, one)))), switching("dd", key)))),
        switching("p", "keys.words"), box("keys", "keys.on")));
  }

  // Buttons that play are named by what they stand in: a step, a speaker's turn, an alert.
  function nameButtons() {
    for (const button of root.querySelectorAll(".play[data-play]")) {
      const around = button.closest("[data-what]");
      const name = around?.querySelector("h3, b, [data-t], [data-w-id]")?.textContent ?? "";
      button.setAttribute("aria-label", t("play", { time: clock(Number(button.dataset.play)), what: name.trim() }));
    }
  }

  // --- start ---------------------------------------------------------------------------

  function connect() {
    if (!audio) return;
    root.classList.add("cv-ready");
    audio.controls = false;
    controls();
    for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, showState);
    for (const name of ["timeupdate", "seeking", "seeked"]) audio.addEventListener(name, showTime);
    audio.addEventListener("error", () => { root.querySelector(".cv-broken").hidden = false; });
    if (audio.error) root.querySelector(".cv-broken").hidden = false;
    find("speed").addEventListener("change", (event) => { audio.playbackRate = Number(event.target.value); });
    try { find("keys").checked = localStorage.getItem(SHORTCUTS_OFF) === null; } catch { /* as written */ }
    find("keys").addEventListener("change", (event) => {
      try {
        if (event.target.checked) localStorage.removeItem(SHORTCUTS_OFF); else localStorage.setItem(SHORTCUTS_OFF, "1");
      } catch { /* forgotten, not fatal */ }
    });
  }

  root.querySelectorAll(".said[data-w]").forEach((said) => { said.lang = "id"; wrapWords(said); });
  words.sort((one, other) => one.start - other.start);
  order = [...root.querySelectorAll(".by .play")];
  if (order.length) rove(order[0]);
  connect();
  nameButtons();
  SOP.onLanguage(nameButtons);
  SOP.wave.draw(root, data, audio, nonce);
  SOP.wave.drawForPaper(root, data);
  root.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
  SOP.call = { hear, showStep, get time() { return audio ? audio.currentTime : 0; } };
})();

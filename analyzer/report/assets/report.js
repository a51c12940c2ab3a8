"use strict";
// The page's behaviour: language, filters, details built when a call is opened, and the player.
// Data reaches the page as text nodes and attributes only, never as markup.
(() => {
  const LEAD_IN = 1.5; // seconds before the moment, so that it is not entered in mid-word
  const LANGS = ["id", "en"];
  const REMEMBERED = "sop-report-lang";
  const page = JSON.parse(document.getElementById("data").textContent);
  const players = new Map(); // call index -> audio element, made when first needed
  const haystacks = new Map(); // call index -> its searchable text, made by the first search
  const form = document.getElementById("filters");
  let lang = remembered() || page.lang;

  // --- words -------------------------------------------------------------------------------

  function remembered() {
    try {
      const value = localStorage.getItem(REMEMBERED);
      return LANGS.includes(value) ? value : null;
    } catch { return null; } // some browsers refuse storage to pages opened from a folder
  }

  function own(object, key) {
    return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : null;
  }

  function t(key, values = {}) {
    const pair = own(page.words, key);
    const text = pair ? pair[LANGS.indexOf(lang)] : key.slice(key.lastIndexOf(".") + 1).replaceAll("_", " ");
    return text.replace(/\{(\w+)\}/g, (whole, name) => own(values, name) ?? whole);
  }

  function stepName(id) {
    const pair = own(page.steps, id);
    return pair ? pair[LANGS.indexOf(lang)] : id.replaceAll("_", " ");
  }

  function number(value) {
    return new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(value);
  }

  function percent(share) { return `${Math.round(share * 100)} %`; }

  function clock(seconds) {
    const whole = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }

  function scoreText(call) {
    if (call.score === null) return ["–"];
    const open = call.score_low !== null && call.score_high !== null && call.score_low !== call.score_high;
    const range = open ? el("small", {}, `(${number(call.score_low)}–${number(call.score_high)})`) : "";
    return [number(call.score), " ", range];
  }

  function translate() {
    const each = (selector, change) => document.querySelectorAll(selector).forEach(change);
    document.documentElement.lang = lang;
    each("[data-t]", (node) => { node.textContent = t(node.dataset.t, node.dataset); });
    each("[data-t-label]", (node) => node.setAttribute("aria-label", t(node.dataset.tLabel)));
    each("[data-t-hint]", (node) => { node.placeholder = t(node.dataset.tHint); });
    each("[data-step]", (node) => { node.textContent = stepName(node.dataset.step); });
    each("[data-num]", (node) => { node.textContent = number(Number(node.dataset.num)); });
    each("[data-score]", (node) => { node.replaceChildren(...scoreText(page.calls[node.dataset.score])); });
    each("[data-lang]", (node) => node.setAttribute("aria-pressed", String(node.dataset.lang === lang)));
    each("details.call", (node) => (node.open ? fill(node, true) : empty(node)));
  }

  // --- building ----------------------------------------------------------------------------

  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null && child !== ""));
    return node;
  }

  function quote(text) { return el("q", { dir: "auto", lang: "id" }, text); }

  function badge(status) {
    return el("span", { class: `badge s-${status}` },
      el("span", { "aria-hidden": "true" }, page.symbols[status] ?? ""), ` ${t(`status.${status}`)}`);
  }

  function moment(index, start, what) {
    if (start === null) return null;
    const time = clock(start);
    if (!page.calls[index].play) return el("span", { class: "time" }, time);
    const label = t("play", { time, what });
    const button = el("button", { type: "button", class: "play", "aria-label": label, title: label }, `▶ ${time}`);
    button.addEventListener("click", () => jump(index, start));
    return button;
  }

  function stepItem(index, step) {
    const heard = step.status === "missed" || step.status === "unsure" ? "nearest" : "heard";
    const figures = [
      step.similarity === null ? null : `${t("similarity")} ${number(step.similarity)}`,
      `${t("confidence")} ${percent(step.confidence)}`,
      ...sound(step.sound),
    ].filter(Boolean).join(" · ");
    return el("li", { class: `step e-${step.status}` },
      el("div", { class: "head" }, badge(step.status), el("b", {}, stepName(step.id)),
        moment(index, step.start, stepName(step.id))),
      step.heard ? line(heard, quote(step.heard), step.channel ? ` (${t(`channel.${step.channel}`)})` : "") : null,
      step.phrase ? line("phrase", quote(step.phrase)) : null,
      line("reason", el("span", { lang: "en", dir: "auto" }, step.reason)),
      step.expected ? line("expected", span(step.expected), " ", moment(index, step.expected.start, stepName(step.id))) : null,
      step.second ? second(index, step) : null,
      el("p", { class: "muted" }, figures));
  }

  function span(place) { return `${clock(place.start)}–${clock(place.end)}`; }

  function sound(figures) {
    if (!figures) return [];
    return [
      figures.probability === null ? null : `${t("words_sure")} ${percent(figures.probability)}`,
      figures.speech_overlap === null ? null : `${t("speech_there")} ${percent(figures.speech_overlap)}`,
      figures.avg_logprob === null ? null : `logprob ${number(figures.avg_logprob)}`,
    ];
  }

  function second(index, step) {
    const read = step.second;
    const where = read.start === null ? span(read.looked) : moment(index, read.start, stepName(step.id));
    const told = read.heard ? [": ", quote(read.heard)] : [];
    const first = read.first ? [" ", t("second.first"), " ", quote(read.first)] : [];
    return line("second", t(`second.${read.outcome}`), " ", where, ` (${read.model})`, ...told, ...first);
  }

  function line(key, ...parts) {
    return el("p", {}, el("span", { class: "muted" }, `${t(key)}: `), ...parts);
  }

  function facts(index, call) {
    const list = el("dl", { class: "facts" });
    const add = (name, ...parts) => {
      const shown = parts.flat().filter((part) => part !== null && part !== "");
      if (shown.length) list.append(el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, ...shown)));
    };
    const word = (group, value) => (value === null ? "" : t(`${group}.${value}`));
    const said = call.exemption;
    for (const violation of call.violations) {
      add(t("violations"), `⚠ ${t(`violation.${violation.id}`)}`, violation.certain ? "" : ` (${t("doubtful")})`,
        ": ", quote(violation.heard), " ", moment(index, violation.start, t(`violation.${violation.id}`)));
    }
    if (said) add(t("exemption"), word("exemption", said.kind), ": ", quote(said.heard), " ", moment(index, said.start, t("exemption")));
    add(t("flags"), call.flags.map((flag) => t(`flag.${flag}`)).join(", "));
    add(t("role"), word("role", call.caller_role));
    add(t("email_reply"), word("email_reply", call.email_reply));
    add(t("callback_reply"), word("callback_reply", call.callback_reply));
    add(t("captured_email"), call.captured.email);
    add(t("captured_phone"), call.captured.phone);
    for (const item of Object.values(call.record_check)) add(`${t("check")}: ${item.field}`, checkText(item));
    add(t("audio"), audioText(call));
    for (const [name, value] of Object.entries(call.metadata)) add(name, value);
    if (call.error) add(t("cause"), el("span", { lang: "en" }, call.error));
    return list;
  }

  function checkText(item) {
    const values = [["recorded", item.recorded], ["said", item.said]].filter(([, value]) => value !== null);
    const shown = values.map(([key, value]) => `${t(key)} ${value}`).join(", ");
    return t(`check.${item.outcome}`) + (shown ? ` (${shown})` : "");
  }

  function audioText(call) {
    const audio = call.audio;
    if (!audio) return t("audio.none");
    const differs = audio.header_seconds !== null && Math.abs(audio.header_seconds - audio.decoded_seconds) > 1;
    return [
      t("audio.length", { time: clock(audio.decoded_seconds) }),
      differs ? t("audio.header", { time: clock(audio.header_seconds) }) : "",
      t("audio.speech", { time: clock(audio.speech_seconds) }),
      audio.channels === 1 ? t("audio.mono") : audio.channels ? t("audio.channels", { n: audio.channels }) : "",
      [audio.codec, audio.sample_rate ? `${audio.sample_rate} Hz` : null].filter(Boolean).join(" "),
      audio.partial ? t("audio.partial") : "",
      audio.bad_packets ? t("audio.bad", { n: audio.bad_packets }) : "",
      ...audio.holes.map((hole) => t("audio.hole", { start: clock(hole.start), end: clock(hole.end) })),
      ...audio.notes,
    ].filter(Boolean).join("; ");
  }

  // --- player ------------------------------------------------------------------------------

  function playerArea(index) {
    const call = page.calls[index];
    const link = call.url
      ? el("a", { href: call.url, target: "_blank", rel: "noopener" }, t("open_file"), ": ", el("bdi", {}, call.recording))
      : el("span", { class: "muted" }, `${t("recording")}: `, el("bdi", {}, call.recording));
    if (!call.url && !call.play) return el("div", { class: "player" }, note("no_audio", call));
    const why = call.audio ? "cannot_play" : "audio.none";
    if (!call.play) return el("div", { class: "player" }, note(why, call), link);
    const audio = player(index);
    audio.setAttribute("aria-label", `${t("player")}: ${call.call_id}`);
    return el("div", { class: "player" }, audio, audio.error ? note("cannot_play", call) : null, link);
  }

  function note(key, call) {
    const codec = call.audio?.codec ?? t("unknown_format");
    return el("p", { class: "note", dir: "auto" }, t(key, { file: call.recording, codec }));
  }

  function player(index) {
    if (players.has(index)) return players.get(index);
    const call = page.calls[index];
    const audio = el("audio", { controls: "", preload: "none", src: call.play });
    audio.addEventListener("play", () => players.forEach((other) => { if (other !== audio) other.pause(); }));
    audio.addEventListener("error", () => { if (!audio.nextElementSibling?.matches(".note")) audio.after(note("cannot_play", call)); });
    players.set(index, audio);
    return audio;
  }

  function jump(index, start) {
    const audio = player(index);
    const go = () => {
      audio.currentTime = Math.max(0, start - LEAD_IN);
      audio.play().catch(() => {}); // the error event has already told the person
    };
    if (audio.readyState >= HTMLMediaElement.HAVE_METADATA) { go(); return; }
    audio.onloadedmetadata = go; // only the last moment asked for counts
    if (audio.preload === "none" || audio.error) { audio.preload = "auto"; audio.load(); }
  }

  // --- details -----------------------------------------------------------------------------

  function fill(details, again = false) {
    const body = details.lastElementChild;
    if (body.firstChild && !again) return;
    const index = Number(details.dataset.i), call = page.calls[index];
    const steps = call.steps.map((step) => stepItem(index, step));
    body.replaceChildren(
      playerArea(index),
      steps.length ? el("ol", { class: "steps" }, ...steps) : el("p", { class: "note" }, t("no_steps")),
      facts(index, call));
  }

  function empty(details) { details.lastElementChild.replaceChildren(); }

  // --- filters -----------------------------------------------------------------------------

  function haystack(index) {
    if (!haystacks.has(index)) {
      const call = page.calls[index];
      const texts = [
        call.call_id, call.recording, call.agent, call.started_at, call.captured.email, call.captured.phone,
        call.exemption?.heard, ...Object.values(call.metadata), ...call.flags.map((flag) => t(`flag.${flag}`)),
        ...call.violations.map((one) => one.heard), ...call.steps.flatMap((step) => [step.heard, step.reason]),
      ];
      haystacks.set(index, texts.filter(Boolean).join("\n").toLowerCase());
    }
    return haystacks.get(index);
  }

  function matches(call, index, wanted) {
    if (wanted.verdict && call.verdict !== wanted.verdict) return false;
    if (wanted.agent && call.agent !== wanted.agent) return false;
    const fits = (step) => (!wanted.step || step.id === wanted.step) && (!wanted.status || step.status === wanted.status);
    if ((wanted.step || wanted.status) && !call.steps.some(fits)) return false;
    return wanted.terms.every((term) => haystack(index).includes(term));
  }

  function applyFilters() {
    const wanted = Object.fromEntries(new FormData(form));
    wanted.terms = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    [...document.getElementById("calls").children].forEach((item, index) => {
      item.hidden = !matches(page.calls[index], index, wanted);
      if (!item.hidden) count += 1;
    });
    const shown = document.getElementById("shown");
    shown.dataset.n = count;
    shown.textContent = t("shown", shown.dataset);
    document.getElementById("none").hidden = count > 0;
  }

  function go(choice) {
    form.reset();
    for (const [name, value] of Object.entries(choice)) form.elements[name].value = value;
    applyFilters();
    form.scrollIntoView({ block: "start" });
    form.elements.verdict.focus({ preventScroll: true });
  }

  function onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { lang: language, go: verdict, stepGo, statusGo } = button.dataset;
    if (language) {
      lang = language;
      try { localStorage.setItem(REMEMBERED, lang); } catch { /* forgotten, not fatal */ }
      translate();
    } else if (verdict === "unscorable") {
      document.getElementById("h-failed").focus();
    } else if (verdict && form) go({ verdict });
    else if (stepGo && form) go({ step: stepGo, status: statusGo });
  }

  document.addEventListener("click", onClick);
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.call") && event.target.open) fill(event.target);
  }, true); // toggle does not bubble
  if (form) {
    let waiting = 0;
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(applyFilters, 120); });
    form.addEventListener("reset", () => setTimeout(applyFilters)); // the fields are empty after the event
    form.addEventListener("submit", (event) => event.preventDefault());
    applyFilters(); // a reloaded page keeps what its fields held
  }
  if (lang !== page.lang) translate();
})();

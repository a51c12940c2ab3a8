"use strict";
// The report's behaviour: filters, search and order over rows of data, of which as many are shown as are looked at.
// Data reaches the page as text nodes and attributes only, never as markup.
(() => {
  const ROWS = 100; // shown at a time; twenty thousand at once would take seconds
  const ID = 0, VERDICT = 1, SCORE = 2, LOW = 3, HIGH = 4, AGENT = 5, BEGUN = 6, DAY = 7, ADDRESS = 8, STATUSES = 9,
    EVIDENCE = 10, FLAGS = 11, MORE = 12; // the parts of a row, as analyzer/reports/html_rows.py writes them
  const PROOFS = 3; // lines of evidence a row shows
  const { el, t, number, clock } = SOP;
  const page = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filters"), list = document.getElementById("calls");
  const letterOf = Object.fromEntries(Object.entries(page.letters).map(([letter, status]) => [status, letter]));
  let haystacks = null; // searchable text of every call, made by the first search
  let found = []; // numbers of the calls that match, in order
  let dates = null;

  // --- rows --------------------------------------------------------------------------------

  function when(begun) {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(begun)) return begun;
    dates ??= new Intl.DateTimeFormat(SOP.lang, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
    return dates.format(new Date(`${begun}Z`)); // the wall clock as written, whatever the reader's zone
  }

  function score(call) {
    if (call[SCORE] === null) return ["–"];
    const open = call[LOW] !== null && call[HIGH] !== null && call[LOW] !== call[HIGH];
    return [number(call[SCORE]), open ? el("small", {}, ` (${number(call[LOW])}–${number(call[HIGH])})`) : ""];
  }

  function link(call, attributes, anchor, ...content) {
    if (!call[ADDRESS]) return el("span", attributes, ...content);
    const own = call[ADDRESS].startsWith("calls/"); // else the recording itself, which has no anchors
    return el("a", { ...attributes, href: call[ADDRESS] + (own ? anchor : "") }, ...content);
  }

  function proof(call, [what, letter, at, heard]) {
    const violation = letter === "!" || letter === "?";
    const status = violation ? (letter === "!" ? "missed" : "unsure") : page.letters[letter];
    const name = violation ? `⚠ ${t(`violation.${what}`)}` : SOP.pick(page.steps[what].slice(1));
    const anchor = violation ? `#t=${at}` : `#step-${call[STATUSES].slice(0, what + 1).replaceAll(" ", "").length}`;
    const state = violation ? (letter === "?" ? ` (${t("doubtful")})` : "") : `: ${t(`status.${status}`)}`;
    return el("span", { class: "proof" },
      link(call, { class: `chip s-${status}` }, anchor, name, state),
      at === null ? "" : el("span", { class: "time" }, clock(at)),
      heard ? el("q", { dir: "auto", lang: "id" }, heard) : "");
  }

  function row(index) {
    const call = page.calls[index], verdict = page.verdicts[call[VERDICT]];
    const rest = call[EVIDENCE].length - PROOFS;
    return el("li", { class: `call v-${verdict}` },
      el("span", { class: "verdict" }, t(`verdict.${verdict}`)),
      el("span", { class: "score" }, ...score(call)),
      el("span", { class: "who" },
        link(call, { class: "id" }, "", el("bdi", {}, call[ID])),
        call[AGENT] < 0 ? "" : el("bdi", {}, page.agents[call[AGENT]]),
        call[BEGUN] ? el("bdi", { class: "muted" }, when(call[BEGUN])) : ""),
      el("span", { class: "why" },
        ...call[EVIDENCE].slice(0, PROOFS).map((one) => proof(call, one)),
        rest > 0 ? el("span", { class: "muted" }, t("and_more", { n: rest })) : "",
        call[FLAGS].length ? el("span", { class: "muted" }, call[FLAGS].map((flag) => t(`flag.${page.flags[flag]}`)).join(", ")) : ""));
  }

  function showMore() {
    const from = list.children.length;
    list.append(...found.slice(from, from + ROWS).map(row));
    const left = found.length - list.children.length, more = document.getElementById("more");
    more.hidden = left <= 0;
    more.textContent = t("more", { n: Math.min(ROWS, left), left });
    const first = list.children[from];
    return first;
  }

  // --- filters -----------------------------------------------------------------------------

  function haystack(index) {
    haystacks ??= page.calls.map((call) => [
      call[ID], call[AGENT] < 0 ? "" : page.agents[call[AGENT]], call[BEGUN], call[MORE],
      ...call[EVIDENCE].map((one) => one[3]), ...call[FLAGS].map((flag) => page.flags[flag]),
    ].join("\n").toLowerCase());
    return haystacks[index];
  }

  function wanted() {
    const given = Object.fromEntries(new FormData(form));
    const numeral = (name) => (given[name] === undefined || given[name] === "" ? null : Number(given[name]));
    return {
      verdict: numeral("verdict"), agent: numeral("agent"), step: numeral("step"), day: numeral("day"),
      letter: given.status ? letterOf[given.status] : null, sort: given.sort,
      terms: given.text.toLowerCase().split(/\s+/).filter(Boolean),
    };
  }

  function matches(call, index, want) {
    if (want.verdict !== null && call[VERDICT] !== want.verdict) return false;
    if (want.agent !== null && call[AGENT] !== want.agent) return false;
    if (want.day !== null && call[DAY] !== want.day) return false;
    if (want.step !== null) {
      const letter = call[STATUSES][want.step];
      if (want.letter ? letter !== want.letter : letter === " ") return false;
    } else if (want.letter && !call[STATUSES].includes(want.letter)) return false;
    return want.terms.every((term) => haystack(index).includes(term));
  }

  const ORDERS = { // rows come worst first
    worst: null,
    newest: (one, other) => compare(page.calls[other][BEGUN], page.calls[one][BEGUN]),
    score: (one, other) => (page.calls[one][SCORE] ?? 101) - (page.calls[other][SCORE] ?? 101),
  };

  function compare(one, other) { return one < other ? -1 : one > other ? 1 : 0; }

  function apply() {
    const want = wanted();
    found = [];
    page.calls.forEach((call, index) => { if (matches(call, index, want)) found.push(index); });
    if (ORDERS[want.sort]) found.sort(ORDERS[want.sort]);
    list.replaceChildren();
    showMore();
    document.getElementById("shown").textContent = t("shown", { n: number(found.length, 0), total: number(page.calls.length, 0) });
    document.getElementById("none").hidden = found.length > 0;
  }

  function go(choice) {
    if (!form) return;
    form.reset();
    for (const [name, value] of Object.entries(choice)) if (form.elements[name]) form.elements[name].value = value;
    apply();
    document.getElementById("h-calls").scrollIntoView({ block: "start" });
    form.elements.verdict.focus({ preventScroll: true });
  }

  function onClick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { go: verdict, stepGo, statusGo, agentGo, dayGo } = button.dataset;
    if (verdict === "unscorable") document.getElementById("h-failed").focus();
    else if (verdict) go({ verdict: page.verdicts.indexOf(verdict) });
    else if (stepGo) go({ step: page.steps.findIndex((step) => step[0] === stepGo), status: statusGo });
    else if (agentGo) go({ agent: agentGo });
    else if (dayGo) go({ day: dayGo });
    else if (button.id === "more") (showMore()?.querySelector("a") ?? button).focus();
    else if (button.dataset.sortBy) sortTable(button);
  }

  // --- tables ------------------------------------------------------------------------------

  function sortTable(button) {
    const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
    const up = head.getAttribute("aria-sort") === "descending";
    const value = (tr) => {
      const cell = tr.children[head.cellIndex];
      return cell.dataset.sort === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.sort);
    };
    const rows = [...body.rows].map((tr) => [value(tr), tr]);
    rows.sort(([one], [other]) => (up ? compare(one, other) : compare(other, one)));
    table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...rows.map(([, tr]) => tr));
  }

  for (const head of document.querySelectorAll("table[data-sortable] thead th")) {
    head.replaceChildren(el("button", { type: "button", "data-sort-by": "1" }, ...head.childNodes));
  }
  SOP.start(page.messages);
  document.addEventListener("click", onClick);
  if (form) {
    document.getElementById("plain").remove(); // was for reading without scripts
    form.hidden = false;
    let waiting = 0;
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
    form.addEventListener("reset", () => setTimeout(apply)); // the fields are empty after the event
    form.addEventListener("submit", (event) => event.preventDefault());
    SOP.onLanguage(() => { dates = null; apply(); });
    apply(); // a reloaded page keeps what its fields held
  }
})();

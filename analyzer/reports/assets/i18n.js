"use strict";
// Words of a page in two languages: switched without a server, remembered where the browser allows it.
window.SOP = (() => {
  const LANGS = ["id", "en"];
  const REMEMBERED = "sop-report-lang";
  const state = { words: {}, lang: document.documentElement.lang };
  const listeners = [];

  function own(object, key) {
    return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
  }

  function remembered() {
    try {
      const value = localStorage.getItem(REMEMBERED);
      return LANGS.includes(value) ? value : null;
    } catch { return null; } // some browsers refuse storage to pages opened from a folder
  }

  // Values may be a dataset: {what} is filled from data-what, or from data-what-id and data-what-en.
  function t(key, values = {}) {
    const pair = own(state.words, key);
    const text = pair ? pair[LANGS.indexOf(state.lang)] : key.slice(key.lastIndexOf(".") + 1).replaceAll("_", " ");
    const suffix = state.lang === "id" ? "Id" : "En";
    return text.replace(/\{(\w+)\}/g, (whole, name) => own(values, name) ?? own(values, name + suffix) ?? whole);
  }

  function number(value, digits = 1) {
    return new Intl.NumberFormat(state.lang, { maximumFractionDigits: digits }).format(value);
  }

  function clock(seconds) {
    const whole = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }

  // Elements are made of text nodes and attributes only: nothing from outside becomes markup.
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }

  function translate(root = document) {
    const each = (selector, change) => root.querySelectorAll(selector).forEach(change);
    each("[data-t]", (node) => { node.textContent = t(node.dataset.t, node.dataset); });
    each("[data-w-id]", (node) => { node.textContent = state.lang === "id" ? node.dataset.wId : node.dataset.wEn; });
    each("[data-t-label]", (node) => node.setAttribute("aria-label", t(node.dataset.tLabel, node.dataset)));
    each("[data-t-title]", (node) => node.setAttribute("title", t(node.dataset.tTitle, node.dataset)));
    each("[data-t-hint]", (node) => { node.placeholder = t(node.dataset.tHint); });
    each("[data-page-lang]", (node) => { node.lang = state.lang; });
    each("[data-num]", (node) => { node.textContent = number(Number(node.dataset.num)); });
    each("[data-lang]", (node) => node.setAttribute("aria-pressed", String(node.dataset.lang === state.lang)));
  }

  function speak(lang) {
    state.lang = lang;
    document.documentElement.lang = lang;
    translate();
    listeners.forEach((listener) => listener());
  }

  function start(words) {
    state.words = words;
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-lang]");
      if (!button) return;
      try { localStorage.setItem(REMEMBERED, button.dataset.lang); } catch { /* forgotten, not fatal */ }
      speak(button.dataset.lang);
    });
    const wanted = remembered();
    if (wanted && wanted !== state.lang) speak(wanted);
  }

  return {
    start, t, number, clock, el, own, translate,
    get lang() { return state.lang; },
    percent: (share) => `${Math.round(share * 100)} %`,
    pick: (pair) => pair[LANGS.indexOf(state.lang)],
    onLanguage: (listener) => listeners.push(listener),
  };
})();

"use strict";
// Words of a page in its languages: switched without a server, remembered where the browser allows it.
window.SOP = (() => {
  const REMEMBERED = "sop-report-lang";
  const state = { words: {}, languages: [], lang: document.documentElement.lang };
  const listeners = [];

  function own(object, key) {
    return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
  }

  function remembered() {
    try {
      const value = localStorage.getItem(REMEMBERED);
      return state.languages.includes(value) ? value : null;
    } catch { return null; } // some browsers refuse storage to pages opened from a folder
  }

  const inLanguage = (name) => name + state.lang[0].toUpperCase() + state.lang.slice(1);

  // Values may be a dataset: {what} is filled from data-what, or from data-what-LANGUAGE.
  function t(key, values = {}) {
    const texts = own(state.words, key);
    const text = texts ? pick(texts) : key.slice(key.lastIndexOf(".") + 1).replaceAll("_", " ");
    return text.replace(/\{(\w+)\}/g, (whole, name) => own(values, name) ?? own(values, inLanguage(name)) ?? whole);
  }

  function pick(texts) {
    return texts[state.languages.indexOf(state.lang)];
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
    each("[data-w-id]", (node) => { node.textContent = node.dataset[inLanguage("w")]; });
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

  function start({ words, languages }) {
    Object.assign(state, { words, languages });
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
    pick,
    onLanguage: (listener) => listeners.push(listener),
  };
})();

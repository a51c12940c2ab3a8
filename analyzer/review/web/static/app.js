// Every page works without this script; with it, a decision does not reload the page, and keys do what buttons do.
"use strict";
(() => {
  const KEYS_OFF = "analyzer-keys-off";
  const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
  const PRESSABLE = "button, a, summary, audio, label, [role=button], [role=slider], input";

  // --- sending a form without leaving the page -----------------------------------------------

  // Parts of the page are marked data-part and have an id; the answer is the whole page as it is now.
  async function send(form, button) {
    const fields = new URLSearchParams(new FormData(form, button));
    form.toggleAttribute("data-busy", true);
    try {
      const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && new URL(answer.url).pathname !== location.pathname) location.assign(answer.url);
      else if (answer.ok) renew(page, form);
      else complain(page);
    } catch {
      complain(null);
    } finally {
      form.removeAttribute("data-busy");
    }
  }

  function renew(page, sent) {
    const typed = unsaved(sent);
    const focused = document.activeElement?.id;
    for (const part of document.querySelectorAll("[data-part]")) {
      const now = page.getElementById(part.id);
      if (now && !same(now, part)) {
        part.replaceWith(document.importNode(now, true));
      }
    }
    typed.forEach(restore);
    if (focused && document.activeElement?.id !== focused) {
      const again = document.getElementById(focused);
      (again?.closest("[hidden], details:not([open]) > :not(summary)") ? again.closest("[data-step]") : again)?.focus();
    }
    say(page.getElementById("said")?.textContent ?? "");
    document.dispatchEvent(new Event("renewed"));
  }

  // Tokens differ from page to page and mean nothing; an open fold is the reader's.
  function same(now, before) {
    const plain = (node) => {
      const copy = node.cloneNode(true);
      copy.querySelectorAll("[name=token], [name=csrf]").forEach((field) => field.removeAttribute("value"));
      [copy, ...copy.querySelectorAll("*")].forEach((each) => { each.removeAttribute("open"); each.classList.remove("now"); });
      return copy.innerHTML;
    };
    return plain(now) === plain(before) && !before.querySelector("form[data-busy]");
  }

  function unsaved(sent) {
    const kept = [];
    for (const form of document.querySelectorAll("form[id]")) {
      if (form === sent) continue;
      for (const field of form.elements) {
        const changed = field.type === "radio" || field.type === "checkbox" ? field.checked !== field.defaultChecked
          : field.tagName === "SELECT" ? [...field.options].some((option) => option.selected !== option.defaultSelected)
          : field.value !== field.defaultValue;
        if (field.name && field.type !== "hidden" && changed) {
          kept.push({ form: form.id, name: field.name, value: field.value, checked: field.checked, type: field.type });
        }
      }
    }
    return kept;
  }

  function restore(one) {
    const form = document.getElementById(one.form);
    for (const field of form?.elements ?? []) {
      if (field.name !== one.name || field.type !== one.type) continue;
      if (one.type === "radio" || one.type === "checkbox") {
        if (field.value === one.value) field.checked = one.checked;
      } else field.value = one.value;
    }
    form?.closest("details")?.setAttribute("open", "");
  }

  function complain(page) {
    const lost = document.getElementById("trouble");
    const told = page?.querySelector("main h1, main [role=alert]");
    lost.textContent = told ? [told.textContent, told.nextElementSibling?.textContent].filter(Boolean).join(": ") : lost.dataset.away;
    lost.hidden = false;
  }

  function say(text) {
    const place = document.getElementById("said");
    const lost = document.getElementById("trouble");
    if (lost) lost.hidden = true;
    if (place) place.textContent = text.trim();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-live]") || event.defaultPrevented) return;
    event.preventDefault();
    if (!form.hasAttribute("data-busy")) send(form, event.submitter);
  });

  // Filters act when they are chosen; without the script there is a button.
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-at-once] :is(select, input[type=date], input[type=checkbox])")) event.target.form.requestSubmit();
  });
  document.querySelectorAll("form[data-at-once] [data-plain]").forEach((button) => { button.hidden = true; });

  // A reason that is asked for beside a choice is shown once it is needed.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    navigator.clipboard?.writeText(field.value).catch(() => {});
  });

  // --- keys ------------------------------------------------------------------------------------

  const keysOff = () => { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; } };

  function steps() { return [...document.querySelectorAll("[data-step]")]; }

  function current() { return document.activeElement?.closest("[data-step]") ?? document.querySelector("[data-step].now"); }

  function move(by) {
    const all = steps();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function mark() {
    const step = document.activeElement?.closest("[data-step]");
    if (!step) return;
    steps().forEach((each) => each.classList.toggle("now", each === step));
  }

  function press(key) {
    const step = current() ?? steps()[0];
    const button = step?.querySelector(`[data-step-key="${key}"]`) ?? document.querySelector(`[data-key="${key}"]`);
    if (!button) return false;
    if (button.matches("summary")) {
      const fold = button.parentElement;
      fold.open = true;
      (fold.querySelector("[data-first]") ?? fold.querySelector("select, textarea, input:not([type=hidden])") ?? button).focus();
    } else if (button.matches("button, a")) button.click();
    else button.focus();
    return true;
  }

  const overlay = () => document.getElementById("keys");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const target = event.composedPath()[0];
    if (!(target instanceof Element)) return;
    if (event.key === "Escape" && target.matches(TYPING) && target.closest("details[open]")) {
      const fold = target.closest("details[open]");
      fold.open = false;
      fold.querySelector("summary").focus();
      return;
    }
    if (target.matches(TYPING) || document.querySelector("dialog[open]") || keysOff()) return;
    if (event.key.length !== 1 && !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    if (event.key === " " && target.closest(PRESSABLE)) return;
    let done = true;
    if (event.key === "?") overlay()?.showModal();
    else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else done = press(event.key === " " ? "space" : event.key);
    if (done) event.preventDefault();
  });
  document.addEventListener("focusin", mark);

  document.querySelectorAll("[data-opens]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
  });
  const choice = document.getElementById("keys-on");
  if (choice) {
    choice.checked = !keysOff();
    choice.addEventListener("change", () => {
      try { localStorage.setItem(KEYS_OFF, choice.checked ? "0" : "1"); } catch { /* for this page only */ }
    });
  }
})();

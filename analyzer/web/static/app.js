// Every page works without this script; with it, a decision does not reload the page, and keys do what buttons do.
"use strict";
(() => {
  const KEYS_OFF = "sop-report-keys-off"; // shared with the reports' pages: one choice counts for all
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
      if (!now || same(now, part)) continue;
      const fresh = document.importNode(now, true);
      fresh.classList.toggle("current", part.classList.contains("current"));
      fresh.classList.toggle("now", part.classList.contains("now"));
      part.replaceWith(fresh);
    }
    typed.forEach(restore);
    if (focused && document.activeElement?.id !== focused) {
      const again = document.getElementById(focused);
      (again?.closest("[hidden], details:not([open]) > :not(summary)") ? again.closest("[data-step]") : again)?.focus();
    }
    say(page.getElementById("said")?.textContent ?? "");
    document.dispatchEvent(new Event("renewed"));
  }

  // When parts are compared, form tokens (new on every page) and opened forms (the user's choice) do not count.
  function same(now, before) {
    const plain = (node) => {
      const copy = node.cloneNode(true);
      copy.querySelectorAll("[name=token], [name=csrf]").forEach((field) => field.removeAttribute("value"));
      [copy, ...copy.querySelectorAll("*")].forEach((each) => { each.removeAttribute("open"); each.classList.remove("now", "current"); });
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
    document.getElementById("said").textContent = "";
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

  // Filters apply when they change; without the script there is a button.
  document.addEventListener("change", (event) => {
    if (event.target.matches("form[data-at-once] :is(select, input[type=date], input[type=checkbox])")) event.target.form.requestSubmit();
  });
  document.querySelectorAll("form[data-at-once] [data-plain]").forEach((button) => { button.hidden = true; });

  // On a narrow screen, unused filters are folded so that the list comes first.
  document.querySelectorAll("form[data-folds]").forEach((form) => {
    const button = form.querySelector("[data-unfold]");
    if (!matchMedia("(max-width: 760px)").matches) return;
    form.classList.add("folded");
    button.hidden = false;
    button.addEventListener("click", () => { form.classList.remove("folded"); button.hidden = true; });
  });

  // Buttons that copy a link.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    navigator.clipboard?.writeText(field.value).catch(() => {});
  });

  // --- panels of a page as tabs ------------------------------------------------------

  // So that notes and history can be reached without scrolling past the transcript.
  function tabs(place) {
    const panels = [...place.querySelectorAll(":scope > [data-tab]")];
    const list = document.createElement("div");
    list.className = "tabs";
    list.setAttribute("role", "tablist");
    const buttons = panels.map((panel) => {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `tab-${panel.id}`;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      button.addEventListener("click", () => show(panel));
      list.append(button);
      return button;
    });
    function show(panel) {
      panels.forEach((each, at) => {
        each.hidden = each !== panel;
        buttons[at].setAttribute("aria-selected", String(each === panel));
        buttons[at].tabIndex = each === panel ? 0 : -1;
      });
    }
    function name() {
      panels.forEach((panel, at) => {
        const count = panel.querySelector("[data-count]")?.dataset.count;
        buttons[at].textContent = panel.dataset.tab + (Number(count) ? ` (${count})` : "");
      });
    }
    list.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
      show(panels[next]);
      buttons[next].focus();
      event.preventDefault();
    });
    place.prepend(list);
    place.classList.add("tabbed");
    name();
    show(panels[0]);
    document.addEventListener("renewed", name);
    place.show = show;
  }

  function bring(node) {
    const panel = node.closest("[data-tab]");
    if (panel?.hidden) panel.parentElement.show(panel);
  }

  document.querySelectorAll("[data-tabs]").forEach(tabs);

  // --- keys ------------------------------------------------------------------------------------

  const keysOff = () => { try { return localStorage.getItem(KEYS_OFF) !== null; } catch { return false; } };

  function current() {
    return document.activeElement?.closest("[data-step]") ?? document.querySelector("[data-step].current, [data-step].now")
      ?? document.querySelector("[data-step]");
  }

  function mark() {
    const step = document.activeElement?.closest("[data-step]");
    if (!step) return;
    document.querySelectorAll("[data-step]").forEach((each) => {
      each.classList.toggle("now", each === step);
      each.classList.toggle("current", each === step);
    });
  }

  function press(key) {
    const button = current()?.querySelector(`[data-step-key="${CSS.escape(key)}"]`)
      ?? document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!button) return false;
    bring(button);
    if (button.matches("summary")) {
      const fold = button.parentElement;
      fold.open = true;
      (fold.querySelector("[data-first]") ?? fold.querySelector("select, textarea, input:not([type=hidden])")).focus({ preventScroll: true });
      fold.lastElementChild.scrollIntoView({ block: "nearest" });
    } else if (button.matches("button, a")) button.click();
    else button.focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const target = event.composedPath()[0];
    if (!(target instanceof Element)) return;
    const fold = target.closest("details.act[open]");
    if (event.key === "Escape" && fold) {
      fold.open = false;
      fold.querySelector("summary").focus();
      return;
    }
    if (target.closest(TYPING) || document.querySelector("dialog[open]") || keysOff() || event.key.length !== 1) return;
    let done = false;
    if (event.key === " ") {
      const play = target.closest(PRESSABLE) ? null : document.querySelector("[data-do=toggle]");
      play?.click();
      done = Boolean(play);
    } else if (event.key === "?") {
      const help = document.getElementById("keys");
      help?.showModal();
      done = Boolean(help);
    } else done = press(event.key);
    if (done) event.preventDefault();
  });
  document.addEventListener("focusin", mark);

  document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  function openers() {
    document.querySelectorAll("[data-opens]").forEach((button) => { button.hidden = false; });
  }
  openers();
  document.addEventListener("renewed", openers);
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens]")?.dataset.opens;
    if (opens) document.getElementById(opens).showModal();
  });
  const choice = document.getElementById("keys-on");
  if (choice) {
    choice.checked = !keysOff();
    choice.addEventListener("change", () => {
      try {
        if (choice.checked) localStorage.removeItem(KEYS_OFF); else localStorage.setItem(KEYS_OFF, "1");
      } catch { /* for this page only */ }
      const player = document.querySelector("[data-do=keys]");
      if (player) player.checked = choice.checked;
    });
  }
})();

// Hearing the moment: buttons with a time play from there, with a little lead-in.
"use strict";
(() => {
  const LEAD_IN = 0.6; // seconds; word times are uncertain, and nobody understands a start in mid-word
  const player = document.getElementById("player");
  if (!player) return;

  function playFrom(start) {
    const go = () => {
      player.currentTime = Math.max(0, start - LEAD_IN);
      player.play().catch(() => {}); // the player itself shows that it cannot
    };
    if (player.readyState >= HTMLMediaElement.HAVE_METADATA) go();
    else { player.addEventListener("loadedmetadata", go, { once: true }); player.load(); }
  }

  function clock(seconds) {
    const whole = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-play], [data-now]");
    if (!button) return;
    if (button.hasAttribute("data-play")) playFrom(Number(button.dataset.play));
    else button.form.elements.at.value = clock(player.currentTime);
  });

  const show = () => document.querySelectorAll("[data-now]").forEach((button) => { button.hidden = false; });
  show();
  document.addEventListener("renewed", show);

  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.target.closest("button, a, summary, audio, input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    if (player.paused) player.play().catch(() => {}); else player.pause();
  });

  // Who listened is part of the call's history.
  player.addEventListener("play", () => {
    const form = document.querySelector("form[action$='/act']");
    const fields = new URLSearchParams({ csrf: form?.elements.csrf.value ?? "" });
    fetch(player.getAttribute("src").replace("/audio/", "/call/") + "/played", { method: "POST", body: fields }).catch(() => {});
  }, { once: true });
})();

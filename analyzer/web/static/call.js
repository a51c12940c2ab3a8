// What the review app adds to the player of a call: the time for a note, and the log of listening.
"use strict";
(() => {
  // The player stays in view while the page scrolls; other sticky elements start below it.
  const player = document.querySelector(".cv-player");
  if (player && getComputedStyle(player).position === "sticky") {
    new ResizeObserver(() => {
      document.documentElement.style.setProperty("--stuck", `${player.offsetHeight}px`);
    }).observe(player);
  }

  const audio = document.querySelector("[data-call-view] audio");
  if (!audio) return;

  function clock(seconds) {
    const whole = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }

  function show() { document.querySelectorAll("[data-now]").forEach((button) => { button.hidden = false; }); }
  show();
  document.addEventListener("renewed", show);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-now]");
    if (button) button.form.elements.at.value = clock(audio.currentTime);
  });

  // Listening is logged in the call's history.
  audio.addEventListener("play", () => {
    const fields = new URLSearchParams({ csrf: document.querySelector("[name=csrf]")?.value ?? "" });
    fetch(audio.getAttribute("src").replace("/audio/", "/call/") + "/played", { method: "POST", body: fields }).catch(() => {});
  }, { once: true });
})();

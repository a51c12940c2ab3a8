"use strict";
// The waveform of a call, from stored peaks: nothing is decoded. On the screen by wavesurfer.js, in print as a path that
// grows with the page.
SOP.wave = (() => {
  const LANE = 44; // pixels, as in call_view.j2 and call_view.css
  const FULL = 255;
  const SVG = "http://www.w3.org/2000/svg";

  const peaksOf = (lane) => Array.from(atob(lane.peaks), (letter) => letter.charCodeAt(0));

  function colours(root, data) {
    const style = getComputedStyle(root), of = (name) => style.getPropertyValue(name).trim();
    return {
      cursorColor: of("--ink"),
      splitChannels: data.lanes.map((lane) => {
        const colour = of(lane.channel === "unknown" ? "--soft" : `--${lane.channel}`);
        return { waveColor: `${colour}99`, progressColor: colour, height: LANE };
      }),
    };
  }

  function draw(root, data, audio, nonce) {
    const place = root.querySelector(".cv-wave");
    if (!place || !window.WaveSurfer || !data.lanes.length) return;
    const peaks = data.lanes.map((lane) => Float32Array.from(peaksOf(lane), (peak) => peak / FULL));
    const loudest = Math.max(...peaks.map((lane) => lane.reduce((most, one) => Math.max(most, one), 0)));
    const wave = WaveSurfer.create({
      container: place,
      media: audio ?? undefined,
      peaks: peaks.map((lane) => (lane.length ? lane : new Float32Array(2))),
      duration: data.seconds,
      height: LANE,
      maxPeak: loudest || 1,
      barHeight: 1.5, barWidth: 2, barGap: 1, barRadius: 1, barMinHeight: loudest ? 1 : 0,
      cursorWidth: 2,
      hideScrollbar: true,
      interact: Boolean(audio),
      dragToSeek: Boolean(audio),
      cspNonce: nonce,
      ...colours(root, data),
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => wave.setOptions(colours(root, data)));
  }

  function drawForPaper(root, data) {
    const place = root.querySelector(".cv-lanes");
    if (!place) return;
    data.lanes.forEach((lane, index) => {
      const peaks = peaksOf(lane), most = Math.max(1, ...peaks);
      const svg = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
      const middle = LANE * (index + 0.5), half = (LANE / 2) * 0.9;
      path.setAttribute("d", peaks.map((peak, at) => {
        const high = Math.max(0.5, (half * peak) / most);
        return `M${at} ${(middle - high).toFixed(1)}v${(2 * high).toFixed(1)}`;
      }).join(""));
      svg.setAttribute("viewBox", `0 0 ${Math.max(1, peaks.length)} ${LANE * data.lanes.length}`);
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("aria-hidden", "true");
      svg.setAttribute("class", `cv-paper c-${lane.channel}`);
      svg.append(path);
      place.append(svg);
    });
  }

  return { draw, drawForPaper };
})();

"use strict";
// What draws the pages of page_library.py: the same chart by either library, drawn while it is in sight.
const RENDERERS = {
  plotly: {
    draw(place, { x, y }) {
      const f = fan(x.length, y[y.length - 1]), line = { type: "scatter", mode: "lines" };
      Plotly.newPlot(place, [
        { ...line, x: [...f.x, ...f.x.toReversed()], y: [...f.high, ...f.low.toReversed()], fill: "toself", line: { width: 0 }, hoverinfo: "skip" },
        { ...line, x: f.x, y: f.mid, line: { dash: "dash" } }, { ...line, x, y }],
        { height: 360, margin: { l: 56, r: 16, t: 10, b: 44 }, showlegend: false, hovermode: "x unified" }, { displayModeBar: false });
      return place;
    },
    drop(place) { Plotly.purge(place); },
    zoom(place, a, b) { return Plotly.relayout(place, { "xaxis.range": [a, b] }); }
  },
  uplot: {
    draw(place, { x, y }) {
      const f = fan(x.length, y[y.length - 1]);
      const tables = [[x, y], [f.x, f.low, f.mid, f.high]];
      return new uPlot({ width: place.clientWidth, height: 360, scales: { x: { time: false } },
        series: [{}, { stroke: "#3d7cc9", spanGaps: true }, { stroke: "transparent", spanGaps: true },
          { stroke: "#c8642a", dash: [6, 4], spanGaps: true }, { stroke: "transparent", spanGaps: true }],
        bands: [{ series: [4, 2], fill: "#c8642a40" }] }, uPlot.join(tables), place);
    },
    drop(_, u) { u.destroy(); },
    zoom(place, a, b) { shown.get(place).setScale("x", { min: a, max: b }); }
  },
};
const { draw, drop, zoom } = RENDERERS[document.body.dataset.library];
const PRINTED = 100; // charts; a print of more is not what a report gives
const places = [...document.querySelectorAll(".plot")], data = JSON.parse(document.getElementById("data").textContent);
const unpack = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const curve = (i) => { const y = unpack(data[i]); return { x: Float64Array.from(y, (_, k) => k), y }; };
const fan = (n, last) => { const x = Array.from({ length: 24 }, (_, k) => n + k * n / 72);
  const of = (z) => x.map((_, k) => last * (1 + z * 0.01 * Math.sqrt(k + 1))); return { x, low: of(-1), mid: of(0), high: of(1) }; };
const shown = new Map(), firsts = [];
const watcher = new IntersectionObserver((entries) => { for (const { target, isIntersecting } of entries) {
  const i = places.indexOf(target);
  if (isIntersecting && !shown.has(target)) { shown.set(target, draw(target, curve(i)));
    requestAnimationFrame(() => setTimeout(() => { firsts.push(performance.now()); })); }
  if (!isIntersecting && shown.has(target)) { drop(target, shown.get(target)); shown.delete(target); }
} }, { rootMargin: "600px" });
addEventListener("beforeprint", () => places.slice(PRINTED).forEach((p) => { p.parentNode.hidden = true; }));
addEventListener("beforeprint", () => places.slice(0, PRINTED).forEach((p, i) => shown.has(p) || shown.set(p, draw(p, curve(i)))));
places.forEach((place) => watcher.observe(place));

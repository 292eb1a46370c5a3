"use strict";
// Figures made beforehand, drawn in the colours of the page.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  function draw(place) {
    const { data, layout } = JSON.parse(place.nextElementSibling.textContent);
    const [line, ink] = ["line", "ink"].map(colour);
    const grid = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true };
    const axes = Object.entries(layout).filter(([name]) => /^[xy]axis/.test(name));
    Plotly.react(place, data, {
      ...layout, ...Object.fromEntries(axes.map(([name, axis]) => [name, { ...axis, ...grid }])), autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hoverlabel: { bgcolor: colour("soft"), font: { color: ink } },
      font: { color: ink, family: "system-ui, sans-serif", size: 13 },
    }, { displaylogo: false, displayModeBar: false, responsive: true });
  }
  const drawAll = () => document.querySelectorAll(".plot").forEach(draw);
  dark.addEventListener("change", drawAll);
  drawAll();
}

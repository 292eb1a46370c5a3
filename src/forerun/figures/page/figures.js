"use strict";
// Charts made beforehand, in the colours of the page.
{
  const { make } = Plot;
  const charts = [...document.querySelectorAll(".plot")].map((place) => {
    const chart = JSON.parse(place.nextElementSibling.textContent), hidden = new Set();
    const one = { place, chart, hidden, drawn: null, label: place.getAttribute("aria-label") };
    const legend = Plot.legend(chart, hidden, () => draw(one));
    place.nextElementSibling.after(...(legend ? [legend] : []), Plot.table(chart));
    return one;
  });
  function draw(one) {
    one.drawn?.destroy();
    one.drawn = Plot.draw(one.place, one.chart, { scale: one.scale ?? (one.chart.y.log ? "log" : "tail"), hidden: one.hidden, label: one.label });
  }
  const drawAll = () => charts.forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  addEventListener("resize", drawAll);
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.printing = "";
    drawAll();
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.printing;
    drawAll();
  });
  drawAll();
}

"use strict";
// Sorting of the table of runs, and charts that are drawn when they come into view, in the colours of the page.
const rows = document.querySelector("#runs tbody");
for (const button of document.querySelectorAll("#runs th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const column = [...head.parentNode.children].indexOf(head);
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.children[column].dataset.order;
    const sorted = [...rows.children].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      const order = x !== "" && y !== "" && !isNaN(x) && !isNaN(y) ? x - y : x.localeCompare(y);
      return down ? -order : order;
    });
    rows.append(...sorted);
  });
}

const dark = matchMedia("(prefers-color-scheme: dark)");
function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const axis = { gridcolor: read("--line"), linecolor: read("--line"), zerolinecolor: read("--line") };
  return { ink: read("--ink"), axis };
}
function themed(layout) {
  const { ink, axis } = colours();
  const themedLayout = { ...layout, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true };
  themedLayout.font = { color: ink, family: "system-ui, sans-serif", size: 13 };
  themedLayout.xaxis = { ...layout.xaxis, ...axis, automargin: true };
  themedLayout.yaxis = { ...layout.yaxis, ...axis, automargin: true };
  return themedLayout;
}
const drawn = new Map();
function draw(place) {
  const figure = JSON.parse(document.querySelector(`script[data-for="${place.id}"]`).textContent);
  drawn.set(place, figure.layout);
  Plotly.newPlot(place, figure.data, themed(figure.layout), { responsive: true, displaylogo: false, displayModeBar: false });
}
dark.addEventListener("change", () => {
  for (const [place, layout] of drawn) Plotly.relayout(place, themed(layout));
});
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting || drawn.has(entry.target)) continue;
    watcher.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "300px" });
for (const place of document.querySelectorAll(".plot")) watcher.observe(place);
addEventListener("beforeprint", () => {
  for (const place of document.querySelectorAll(".plot")) if (!drawn.has(place)) draw(place);
});

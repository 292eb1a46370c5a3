"use strict";
// Runs over one another on any axis: all that the filter leaves, or those that were ticked; means and ranges over seeds.
{
  const { make } = Plot;
  const MOST = 60, MOST_GROUPED = 2000; // runs laid over one another, and in means; of more the first
  const SHARE = "share of each run";
  const TONES = ["seen", "ahead", "third", "alarm", "fourth", "second"];
  const DASHES = ["solid", "dash", "dot", "dashdot"];
  const box = document.getElementById("compare");
  const table = document.getElementById("runs");
  const rows = [...table.tBodies[0].rows];
  const settings = [...table.tHead.rows[0].cells].flatMap((head, i) => head.dataset.setting ? [[head.dataset.setting, i]] : []);
  const sectionOf = (row) => document.getElementById(`run-${row.dataset.run}`);
  const nameOf = (row) => row.querySelector("a").title;
  const ticks = new Map();
  let left = rows, drawn = null, shown = null, seen = false;
  const state = { hidden: new Set(), whole: false, logX: false, log: false };

  for (const row of rows) {
    const tick = make("input", { type: "checkbox", ariaLabel: `compare ${nameOf(row)}`, className: "tick" });
    tick.addEventListener("change", () => { tick.checked ? ticks.set(row, tick) : ticks.delete(row); refresh(); });
    row.cells[0].firstChild.prepend(tick);
  }
  const chosen = () => (ticks.size ? [...ticks.keys()] : left).filter((row) => Report.viewsOf(sectionOf(row)).length).slice(0, ticks.size ? Infinity : group.value ? MOST_GROUPED : MOST);
  const linesOf = (row) => Report.viewsOf(sectionOf(row)).flatMap((view) => Plot.read(view).lines.filter(({ name, faint }) => name && !faint).map((line) => ({ ...line, axis: view.x.title })));
  const seedless = () => settings.filter(([name]) => name !== "seed");
  const keyOf = (row, by) => by.map(([name, i]) => `${name} ${row.cells[i].textContent.trim()}`).join(", ");

  function along(row, line, axis) {
    if (axis === line.axis) return line.x;
    if (axis === SHARE) return line.x.map((x) => x / line.x.at(-1));
    const knots = (Report.runOf(sectionOf(row)).axes ?? {})[axis];
    if (!knots) return null;
    const [from, to] = knots.map(Plot.unpack);
    let k = 0;
    return line.x.map((x) => {
      while (k < from.length - 2 && x > from[k + 1]) k++;
      return x < from[0] || x > from.at(-1) ? NaN : to[k] + (to[k + 1] - to[k]) * (x - from[k]) / (from[k + 1] - from[k]);
    });
  }
  function rising({ x, y, ...rest }) {
    const keep = [];
    let last = -Infinity;
    x.forEach((value, i) => { if (value > last) { keep.push(i); last = value; } });
    return { ...rest, x: Float64Array.from(keep, (i) => x[i]), y: Float64Array.from(keep, (i) => y[i]) };
  }
  function at({ x, y }, places) {
    let k = 0;
    return Float64Array.from(places, (place) => {
      if (place < x[0] || place > x.at(-1) || x.length < 2) return x.length === 1 && place === x[0] ? y[0] : NaN;
      while (k < x.length - 2 && place > x[k + 1]) k++;
      return y[k] + (y[k + 1] - y[k]) * (place - x[k]) / (x[k + 1] - x[k]);
    });
  }
  const look = (i) => ({ tone: TONES[i % TONES.length], dash: DASHES[i % DASHES.length], width: 1.6 });
  function mean(name, lines, i) {
    const x = lines.reduce((a, b) => a.x.length >= b.x.length ? a : b).x;
    const all = lines.map((line) => at(line, x));
    const of = (act) => Float64Array.from(x, (_, k) => { const values = all.map((y) => y[k]).filter(Number.isFinite); return values.length === lines.length ? act(values) : NaN; });
    const label = `${name} (N=${lines.length})`;
    const line = { ...look(i), name: label, x, y: of((values) => values.reduce((a, b) => a + b) / values.length) };
    if (lines.length < 2) return { line, fans: [] };
    const rows = new Float64Array([...of((values) => Math.min(...values)), ...of((values) => Math.max(...values))]);
    return { line, fans: [{ name: label, tone: line.tone, x, levels: [0, 1], rows }] };
  }
  // Where the second halves of the curves lie: how they began would flatten how they end.
  function lastPart(lines) {
    const values = lines.flatMap(({ y }) => [...y.slice(y.length >> 1)].filter(Number.isFinite)).sort((a, b) => a - b);
    const at = (share) => values[Math.round(share * (values.length - 1))], xs = lines.flatMap(({ x }) => [x[0], x.at(-1)]);
    if (!(at(0.98) > at(0.02))) return undefined;
    const [low, high] = [at(0.02), at(0.98)], margin = 0.08 * (high - low), [left, right] = [Math.min(...xs), Math.max(...xs)];
    return { x: [left - 0.02 * (right - left), right + 0.02 * (right - left)], y: [low - margin, high + margin] };
  }
  function chartOf(metric, axis, by) {
    const found = chosen().flatMap((row) => {
      const line = linesOf(row).find(({ name }) => name === metric), x = line && along(row, line, axis);
      return x ? [{ row, ...rising({ x, y: line.y }) }] : [];
    });
    const y = { title: metric, log: state.log }, common = { x: { title: axis, log: state.logX }, y, digits: [2, 5] };
    if (!state.whole && !state.log && !state.logX && found.length) common.first = lastPart(found);
    if (!by) return { ...common, lines: found.map(({ row, x, y }, i) => ({ ...look(i), name: nameOf(row), x, y })) };
    const groups = Map.groupBy(found, ({ row }) => keyOf(row, by));
    const means = [...groups].map(([name, lines], i) => mean(name, lines, i));
    return { ...common, lines: means.map(({ line }) => line), fans: means.flatMap(({ fans }) => fans) };
  }

  const select = (label, options) => {
    const field = make("select", {}, ...options.map(([value, text]) => make("option", { value, textContent: text })));
    field.addEventListener("change", refresh);
    return [make("label", {}, `${label} `, field), field];
  };
  const place = make("div", { className: "plot", role: "figure", ariaLabel: "runs over one another" });
  const note = make("p", { className: "quiet" }), below = make("div", {});
  const by = [["", "each run"], ...(seedless().length < settings.length ? [["*", "mean and range over seeds"]] : []), ...settings.map(([name, i]) => [String(i), `mean and range by ${name}`])];
  const [metricLabel, metric] = select("Metric", []), [axisLabel, axis] = select("over", []), [byLabel, group] = select("show", by);
  const toggles = [["whole", "Whole"], ["logX", "Log x"], ["log", "Log y"]].map(([key, text]) => {
    const button = make("button", { type: "button", textContent: text, attributes: { "aria-pressed": "false" } });
    button.addEventListener("click", () => { state[key] = !state[key]; button.setAttribute("aria-pressed", String(state[key])); refresh(); });
    return button;
  });
  box.append(make("div", { className: "controls" }, metricLabel, axisLabel, byLabel, make("span", { className: "scales", role: "group", ariaLabel: "axes" }, ...toggles)), note, place, below);

  function fill(field, names) {
    const before = field.value;
    field.replaceChildren(...names.map((name) => make("option", { value: name, textContent: Plot.cut(name, 60) })));
    if (names.includes(before)) field.value = before;
  }
  function choices() {
    const all = chosen(), count = new Map(), axes = new Set();
    for (const row of all) {
      linesOf(row).forEach(({ name, axis }, i) => { count.set(name, (count.get(name) ?? 0) + 1 + (i ? 0 : 0.5)); if (!i) axes.add(axis); });
      for (const name of Object.keys(Report.runOf(sectionOf(row)).axes ?? {})) axes.add(name);
    }
    fill(metric, [...count].sort((a, b) => b[1] - a[1]).map(([name]) => name));
    fill(axis, [...axes, SHARE]);
    return all.length;
  }
  function refresh() {
    if (!seen) return;
    const n = choices();
    drawn?.destroy();
    drawn = null;
    if (!n) { note.textContent = "None of the runs left has a curve."; return; }
    const chosenBy = group.value === "*" ? seedless() : group.value ? settings.filter(([, i]) => String(i) === group.value) : null;
    shown = chartOf(metric.value, axis.value, chosenBy);
    note.textContent = `${n.toLocaleString("en")} of ${rows.length.toLocaleString("en")} runs${ticks.size ? ", those ticked" : "; tick runs in the table to choose"}${chosenBy ? ". Means and ranges of N runs, as far as all of them went." : "."}`;
    draw();
    const legend = Plot.legend(shown, state.hidden, () => draw());
    below.replaceChildren(...(legend ? [legend] : []), Plot.table(shown));
  }
  function draw() {
    drawn?.destroy();
    drawn = Plot.draw(place, shown, { scale: state.log ? "log" : "tail", logX: state.logX, hidden: state.hidden, height: 420, label: `${metric.value} of runs over one another` });
  }
  new IntersectionObserver((entries, watcher) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    watcher.disconnect();
    seen = true;
    refresh();
  }, { rootMargin: "300px" }).observe(box);
  document.addEventListener("runs", ({ detail }) => { left = detail; refresh(); });
  addEventListener("resize", () => { if (drawn) draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (drawn) draw(); });
  addEventListener("beforeprint", () => {
    seen = true;
    if (!shown) refresh();
    if (shown) draw();
  });
  addEventListener("afterprint", () => { if (shown) draw(); });
  box.hidden = false;
}

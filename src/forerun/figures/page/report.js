"use strict";
// The charts of runs: drawn while they are in view, in the colours of the page, and dropped when they are not.
const Report = (() => {
  const { make, cut } = Plot;
  const SCALES = ["tail", "whole", "log"];
  const NAMES = { tail: "Last part", whole: "Whole", log: "Log" };
  const MOST_SIBLINGS = 24;

  const parsed = new Map();
  function runOf(section) {
    if (!parsed.has(section)) {
      const script = section.querySelector("script[data-for]");
      parsed.set(section, script ? JSON.parse(script.textContent) : { views: [] });
    }
    return parsed.get(section);
  }
  const viewsOf = (section) => runOf(section).views;
  const members = new Map(); // of each group
  for (const section of document.querySelectorAll("section.run[data-group]")) {
    const { group } = section.dataset;
    if (!members.has(group)) members.set(group, []);
    members.get(group).push(section);
  }
  function siblingsOf(section) {
    const all = members.get(section.dataset.group) || [];
    const start = Math.max(0, Math.min(all.indexOf(section) - MOST_SIBLINGS / 2, all.length - MOST_SIBLINGS - 1));
    return all.slice(start, start + MOST_SIBLINGS + 1).filter((other) => other !== section);
  }
  const leanedOn = (section) => (section.dataset.leaned ?? "").split(" ").filter(Boolean).map((number) => document.getElementById(`run-${number}`));
  const named = (view) => (view.lines ?? []).filter(({ name, faint }) => name && !faint && !name.endsWith(", smoothed")).map(({ name }) => name).join(", ") || view.cells.map(({ name }) => `${name}, all tasks`).join(", ");

  // The view with the runs beside it, faintly; those that the forecast leaned on in its colour.
  const beside = new WeakMap();
  function withOthers(chart) {
    const view = viewsOf(chart.section)[chart.view];
    if (!chart.others || chart.view) return view;
    if (beside.has(view)) return beside.get(view);
    const leaned = leanedOn(chart.section).filter(Boolean);
    const like = (section) => viewsOf(section).slice(0, 1).filter(({ x }) => x.title === view.x.title).flatMap(({ lines }) => lines.slice(0, 1));
    const faint = (section, tone) => like(section).map((line) => ({ ...line, name: "", tone, dash: "solid", dots: false, faint: true }));
    const others = siblingsOf(chart.section).filter((other) => !leaned.includes(other));
    const whole = { ...view, lines: [...view.lines, ...leaned.flatMap((other) => faint(other, "ahead")), ...others.flatMap((other) => faint(other, "quiet"))] };
    beside.set(view, whole);
    return whole;
  }

  const charts = new Map();
  let common = null; // the scale asked for everywhere
  function chartOf(box) {
    if (charts.has(box)) return charts.get(box);
    const section = box.closest("section");
    const place = box.querySelector(".plot");
    const view = viewsOf(section)[0];
    const chart = { section, place, label: place.getAttribute("aria-label"), view: 0, scale: common ?? (view.y.log ? "log" : "tail"), others: true, logX: false, hidden: new Set(), drawn: null };
    charts.set(box, chart);
    box.prepend(controls(chart));
    chart.below = make("div", {});
    place.after(chart.below);
    setScale(chart, chart.scale);
    attach(chart);
    return chart;
  }
  // Noise beside the judged curve, which would hide it in a thin slice, is shown with the whole.
  function setScale(chart, scale) {
    chart.scale = scale;
    for (const { name, crowds } of viewsOf(chart.section)[chart.view].lines ?? []) if (crowds) scale === "tail" ? chart.hidden.add(name) : chart.hidden.delete(name);
  }
  function draw(chart) {
    const view = viewsOf(chart.section)[chart.view];
    chart.drawn?.destroy();
    const moved = (range, home) => Report.moved?.(chart, range, home);
    chart.drawn = Plot.draw(chart.place, withOthers(chart), { scale: chart.scale, logX: chart.logX, hidden: chart.hidden, label: chart.label, moved });
    const able = Plot.positive(Plot.read(view));
    for (const button of chart.buttons) {
      button.setAttribute("aria-pressed", String(button.value === chart.place.dataset.scale));
      button.disabled = button.value === "log" && !able;
    }
  }
  function attach(chart) {
    const view = viewsOf(chart.section)[chart.view];
    const legend = Plot.legend(view, chart.hidden, () => draw(chart));
    chart.below.replaceChildren(...(legend ? [legend] : []), Plot.table(view));
  }
  function controls(chart) {
    const views = viewsOf(chart.section);
    chart.buttons = SCALES.map((scale) => make("button", { type: "button", value: scale, textContent: NAMES[scale], onclick: () => { setScale(chart, scale); attach(chart); draw(chart); } }));
    const tools = make("div", { className: "controls" }, make("span", { className: "scales", role: "group", ariaLabel: "what the chart shows; the key z changes it everywhere" }, ...chart.buttons));
    if (views.length > 1) {
      const options = views.map((view, i) => make("option", { value: i, textContent: cut(named(view), 90) }));
      const select = make("select", { ariaLabel: "metric" }, ...options);
      select.addEventListener("change", () => {
        Object.assign(chart, { view: Number(select.value), hidden: new Set() });
        setScale(chart, chart.scale);
        attach(chart);
        draw(chart);
      });
      tools.append(select);
    }
    const siblings = siblingsOf(chart.section).length;
    const all = siblings && members.get(chart.section.dataset.group).length - 1;
    if (siblings) {
      const box = make("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        chart.others = box.checked;
        draw(chart);
      });
      tools.append(make("label", {}, box, ` ${siblings < all ? `${siblings} of ` : ""}${all.toLocaleString("en")} other run${all > 1 ? "s" : ""}`));
    }
    if (views.length > 2) chart.place.after(multiples(views));
    return tools;
  }
  function multiples(views) {
    const grid = make("div", { className: "multiples" });
    const fold = make("details", {}, make("summary", { textContent: `All ${views.length} charts, small` }), grid);
    fold.addEventListener("toggle", () => {
      if (!fold.open || grid.children.length) return;
      for (const view of views) {
        const place = make("div", { className: "small", role: "img", ariaLabel: named(view) });
        grid.append(make("figure", {}, make("figcaption", { textContent: named(view) }), place));
        Plot.draw(place, view, { scale: view.y.log ? "log" : "whole", small: true, height: 150 });
      }
    });
    return fold;
  }
  function drop(chart) {
    chart.drawn?.destroy();
    chart.drawn = null;
  }
  // The section as it is now; its chart goes on with what was chosen in it.
  function renew(section, fresh) {
    const fold = section.querySelector(".fold"), next = fresh.querySelector(".fold"), box = fold.querySelector(":scope > .chart"), chart = charts.get(box);
    const folds = () => [...fold.querySelectorAll(":scope > details")], open = folds().map((one) => one.open);
    for (const node of [...fold.childNodes]) if (node !== box) node.remove();
    let behind = false;
    for (const node of [...next.childNodes]) {
      if (box && node.className === "chart") behind = true;
      else if (behind || !box) fold.append(node);
      else box.before(node);
    }
    folds().forEach((one, i) => { one.open = open[i] ?? false; });
    section.dataset.leaned = fresh.dataset.leaned ?? "";
    parsed.delete(section);
    if (!box && fold.querySelector(":scope > .chart")) watcher.observe(fold.querySelector(":scope > .chart"));
    if (!chart || !viewsOf(section).length) return;
    const u = chart.place.plot, zoomed = u && u.scales.x.min !== chart.place.home[0] ? [u.scales.x.min, u.scales.x.max] : null;
    chart.view = Math.min(chart.view, viewsOf(section).length - 1);
    if (!chart.below.querySelector("details[open]")) attach(chart);
    if (chart.drawn) draw(chart);
    if (chart.drawn && zoomed) chart.place.go(zoomed);
  }
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = isIntersecting ? chartOf(target) : charts.get(target);
      if (isIntersecting && !chart.drawn) draw(chart);
      if (!isIntersecting && chart) drop(chart);
    }
  }, { rootMargin: "400px" });
  const boxes = [...document.querySelectorAll(".chart")];
  for (const box of boxes) watcher.observe(box);

  const redraw = (change = () => {}) => {
    for (const chart of charts.values()) {
      change(chart);
      if (chart.drawn) draw(chart);
    }
  };
  let waits = 0;
  const later = (act) => { cancelAnimationFrame(waits); waits = requestAnimationFrame(act); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
  addEventListener("resize", () => later(() => redraw()));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "z") {
      common = SCALES[(SCALES.indexOf(common ?? "tail") + 1) % SCALES.length];
      redraw((chart) => { setScale(chart, common); attach(chart); });
    } else if (event.key === "x") redraw((chart) => { chart.logX = !chart.logX; });
  });
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.printing = "";
    for (const box of boxes) if (box.checkVisibility()) draw(chartOf(box));
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset.printing;
    redraw();
  });
  return { runOf, viewsOf, renew, withOthers, moved: null };
})();

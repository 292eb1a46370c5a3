"use strict";
// The charts: drawn from compact data while they are in view, in the colours of the page, and dropped when they are not.
{
  const SCALES = ["tail", "whole", "log"];
  const NAMES = { tail: "Last part", whole: "Whole", log: "Log" };
  const LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
  const BANDS = [[0, 6, 0.14], [1, 5, 0.2], [2, 4, 0.28]];
  const MOST_SIBLINGS = 24;
  const LONG = 1e10; // places from which on ticks are written 20B instead of 20,000,000,000
  const CONFIG = { displaylogo: false, displayModeBar: false };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const make = (tag, given = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), given);
    element.append(...children);
    return element;
  };

  // numbers

  function unpack(packed) {
    if (typeof packed !== "string") return Float64Array.from({ length: packed[2] }, (_, i) => packed[0] + i * packed[1]);
    const bytes = Uint8Array.from(atob(packed.slice(1)), (letter) => letter.charCodeAt(0));
    return packed[0] === "d" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
  }
  const unpacked = new WeakMap();
  function points(line) {
    if (!unpacked.has(line)) unpacked.set(line, { x: unpack(line.x), y: unpack(line.y) });
    return unpacked.get(line);
  }
  function fanOf(view) {
    if (!view.fan.rows) {
      const all = unpack(view.fan.q);
      const size = all.length / LEVELS.length;
      view.fan.at = [...unpack(view.fan.x)];
      view.fan.rows = LEVELS.map((_, i) => [...all.subarray(i * size, (i + 1) * size)]);
    }
    return view.fan;
  }
  const parsed = new Map();
  function viewsOf(section) {
    if (!parsed.has(section)) {
      const script = section.querySelector("script[data-for]");
      parsed.set(section, script ? JSON.parse(script.textContent).views : []);
    }
    return parsed.get(section);
  }
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

  // traces

  const named = (view) => view.series.map((series) => series.name).join(", ");
  const literal = (text) => text.replace(/[&<>$%]/g, (letter) => `&#${letter.charCodeAt(0)};`); // no tag, link, formula or template
  const format = (view) => `.${view.digits[1]}~g`;
  const cut = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;
  const line = (data, given) => ({ type: "scatter", mode: "lines", ...data, ...given });

  function fanTraces(view) {
    const fan = fanOf(view);
    const ends = (i) => fan.rows[i];
    const traces = BANDS.map(([low, high, opacity]) => line(
      { x: [...fan.at, ...fan.at.toReversed()], y: [...ends(high), ...ends(low).toReversed()] },
      { fill: "toself", fillcolor: colour("ahead"), opacity, line: { width: 0 }, hoverinfo: "skip", showlegend: false },
    ));
    traces.push(line({ x: fan.at, y: ends(3) }, {
      name: "forecast", showlegend: false, line: { color: colour("ahead"), width: 2, dash: "dash" },
      customdata: fan.at.map((_, i) => [ends(1)[i], ends(5)[i]]),
      hovertemplate: `%{y:${format(view)}}  (80%: %{customdata[0]:${format(view)}} to %{customdata[1]:${format(view)}})`,
    }));
    return traces;
  }
  // A noisy companion would hide the judged curve where the chart shows but a thin slice of it: its name stays.
  function crowds(view, series) {
    const { x, y } = points(series);
    const values = [...y].filter((value, i) => x[i] >= view.x[0] && Number.isFinite(value)).sort((a, b) => a - b);
    const at = (share) => values[Math.floor(share * (values.length - 1))];
    return at(0.9) - at(0.1) > view.y[1] - view.y[0];
  }
  function seriesTraces(view, scale, width = 1.8) {
    const colours = ["seen", "second", "third", "fourth", "second", "third"].map(colour);
    return view.series.flatMap((series, i) => {
      const data = points(series);
      const marked = data.x.length <= 60;
      const traces = [line(data, {
        name: literal(series.name), visible: i && scale === "tail" && view.y && crowds(view, series) ? "legendonly" : true, mode: marked ? "lines+markers" : "lines", marker: { size: 4 },
        opacity: i ? 0.5 : 1,
        line: { color: colours[i], width: i ? width - 0.6 : width }, hovertemplate: `%{y:${format(view)}}`,
      })];
      if (series.bad) {
        const x = unpack(series.bad[0]);
        traces.push({ type: "scatter", mode: "markers", x, y: Array(x.length).fill(0.97), yaxis: "y2", name: "not finite",
          text: series.bad[1], hovertemplate: "%{text}", marker: { symbol: "x", size: 7, color: colour("alarm") }, showlegend: false });
      }
      return traces;
    }).reverse();
  }
  function bestTrace(view) {
    const { best } = view.series[0];
    return best ? [{ type: "scatter", mode: "markers", x: [best[0]], y: [best[1]], name: "best", hovertemplate: `%{y:${format(view)}}`,
      marker: { symbol: "star", size: 12, color: colour("ground"), line: { color: colour("seen"), width: 1.8 } }, showlegend: false }] : [];
  }
  function faintTraces(section, views, chart) {
    const faint = (data, dash, tone = "quiet", opacity = 0.4) => line(data, { line: { color: colour(tone), width: 1, dash }, opacity, hoverinfo: "skip", showlegend: false });
    const view = views[chart.view];
    const old = (view.old || []).map((stretch) => faint(points(stretch), "dot"));
    if (!chart.others || chart.view) return old;
    const leaned = leanedOn(section);
    const others = siblingsOf(section).filter((other) => !leaned.includes(other));
    const same = (other) => viewsOf(other).filter(({ axis }) => axis === view.axis).flatMap(({ series }) => series).filter(({ name }) => name === view.series[0].name);
    return [
      ...others.map((other) => faint(points(viewsOf(other)[0].series[0]), "solid")),
      ...leaned.flatMap(same).map((series) => faint(points(series), "solid", "ahead", 0.7)), ...old,
    ];
  }

  // ranges and marks

  function span(view, log) {
    const lists = view.series.map((series) => points(series).y);
    if (view.fan) lists.push(...fanOf(view).rows);
    let [low, high] = [Infinity, -Infinity];
    const least = log ? Math.min(...[...points(view.series[0]).y].filter((y) => y > 0)) / 10 : -Infinity;
    for (const values of lists) {
      for (const value of values) {
        if (!Number.isFinite(value) || value < least) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (log) [low, high] = [Math.log10(low), Math.log10(high)];
    const margin = 0.05 * (high - low) || 0.1 * Math.abs(high) || 1;
    return [low - margin, high + margin];
  }
  function axes(view, scale) {
    const tail = scale === "tail" && view.y;
    const log = scale === "log";
    return [
      tail ? { range: view.x } : { autorange: true },
      { type: log ? "log" : "linear", range: tail ? view.y : span(view, log) },
    ];
  }
  const hasLog = (view) => points(view.series[0]).y.some((y) => y > 0) && !points(view.series[0]).y.some((y) => y <= 0);

  function marks(view) {
    const shapes = [];
    const annotations = [];
    const upright = (x, given) => shapes.push({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, ...given });
    const { x } = points(view.series[0]);
    const last = x[x.length - 1];
    const alarm = colour("alarm");
    for (const [kind, start, end] of view.marks || []) {
      const right = Math.max(start, end ?? last);
      shapes.push({ type: "rect", x0: start, x1: right, yref: "paper", y0: 0, y1: 1, fillcolor: alarm, opacity: 0.08, line: { width: 0 }, layer: "below" });
      upright(start, { line: { width: 1, color: alarm } });
    }
    for (const [kind, start] of (view.marks || []).slice(-4)) {
      annotations.push({ text: literal(kind), x: start, y: 1, yref: "paper", yanchor: "bottom", xanchor: start > 0.8 * last ? "right" : "left",
        showarrow: false, font: { size: 11, color: alarm } });
    }
    if (view.fan) upright(view.fan.from, { line: { width: 1, color: colour("quiet"), dash: "dot" } });
    if (view.target !== undefined) {
      shapes.push({ type: "line", xref: "paper", x0: 0, x1: 1, y0: view.target, y1: view.target, line: { width: 1.2, dash: "dot", color: colour("quiet") } });
      annotations.push({ text: "target", xref: "paper", x: 1, xanchor: "right", y: view.target, yanchor: "bottom", showarrow: false });
    }
    return { shapes, annotations };
  }
  function layoutOf(view, scale) {
    const [xRange, yRange] = axes(view, scale);
    const grid = { gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line"), automargin: true, exponentformat: "e" };
    const short = points(view.series[0]).x.at(-1) < LONG;
    return {
      xaxis: { title: { text: literal(view.axis) }, unifiedhovertitle: { text: `${literal(view.axis)} %{x:,.${view.digits[0]}~f}` },
        zeroline: false, ...grid, exponentformat: short ? "none" : "B", separatethousands: true, ...xRange },
      yaxis: { title: { text: literal(cut(view.series[0].name, 60)) }, zeroline: false, ...grid, ...yRange },
      yaxis2: { overlaying: "y", range: [0, 1], visible: false, fixedrange: true },
      showlegend: view.series.length > 1, legend: { orientation: "h", x: 0, y: 1.06, yanchor: "bottom", traceorder: "reversed" },
      margin: { l: 56, r: 16, t: view.series.length > 1 ? 36 : 24, b: 44 }, height: 360, hovermode: "x unified", autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hoverlabel: { bgcolor: colour("soft"), font: { color: colour("ink") } },
      font: { color: colour("ink"), family: "system-ui, sans-serif", size: 13 }, ...marks(view),
    };
  }

  // charts

  const charts = new Map();
  let common = null; // the scale asked for everywhere
  function chartOf(box) {
    if (charts.has(box)) return charts.get(box);
    const section = box.closest("section");
    const view = viewsOf(section)[0];
    const chart = { section, place: box.querySelector(".plot"), view: 0, scale: common ?? (view.log ? "log" : "tail"), others: true, drawn: false };
    charts.set(box, chart);
    box.prepend(controls(chart));
    return chart;
  }
  function draw(chart) {
    const views = viewsOf(chart.section);
    const view = views[chart.view];
    const scale = chart.scale === "log" && !hasLog(view) ? "whole" : chart.scale;
    const traces = [...faintTraces(chart.section, views, chart), ...(view.fan ? fanTraces(view) : []), ...seriesTraces(view, scale), ...bestTrace(view)];
    chart.ready = Plotly.react(chart.place, traces, layoutOf(view, scale), CONFIG);
    chart.drawn = true;
    chart.place.dataset.scale = scale;
    for (const button of chart.buttons) {
      button.setAttribute("aria-pressed", String(button.value === scale));
      button.disabled = button.value === "log" && !hasLog(view);
    }
  }
  function controls(chart) {
    const views = viewsOf(chart.section);
    const change = (given) => { Object.assign(chart, given); draw(chart); };
    chart.buttons = SCALES.map((scale) => make("button", { type: "button", value: scale, textContent: NAMES[scale], onclick: () => change({ scale }) }));
    const tools = make("div", { className: "controls" }, make("span", { className: "scales" }, ...chart.buttons));
    tools.firstChild.setAttribute("role", "group");
    tools.firstChild.setAttribute("aria-label", "what the chart shows; the key z changes it everywhere");
    if (views.length > 1) {
      const options = views.map((view, i) => make("option", { value: i, textContent: cut(named(view), 90) }));
      const select = make("select", { ariaLabel: "metric" }, ...options);
      select.addEventListener("change", () => change({ view: Number(select.value) }));
      tools.append(select);
    }
    const siblings = siblingsOf(chart.section).length;
    const all = siblings && members.get(chart.section.dataset.group).length - 1;
    if (siblings) {
      const box = make("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => change({ others: box.checked }));
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
        const place = make("div", { className: "small" });
        grid.append(make("figure", {}, make("figcaption", { textContent: named(view) }), place));
        const small = { ...layoutOf(view, view.log ? "log" : "whole"), height: 150, showlegend: false, margin: { l: 8, r: 8, t: 6, b: 8 }, annotations: [] };
        for (const axis of [small.xaxis, small.yaxis]) Object.assign(axis, { title: { text: "" }, nticks: 4, tickfont: { size: 10 } });
        Plotly.newPlot(place, [...(view.fan ? fanTraces(view) : []), ...seriesTraces(view, "whole", 1.3)], small, { ...CONFIG, staticPlot: true });
      }
    });
    return fold;
  }
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const chart = isIntersecting ? chartOf(target) : charts.get(target);
      if (isIntersecting && !chart.drawn) draw(chart);
      if (!isIntersecting && chart?.drawn) {
        chart.drawn = false;
        chart.ready.then(() => chart.drawn || Plotly.purge(chart.place));
      }
    }
  }, { rootMargin: "600px" });
  const boxes = [...document.querySelectorAll(".chart")];
  for (const box of boxes) watcher.observe(box);

  const redraw = (change = () => {}) => {
    for (const chart of charts.values()) {
      change(chart);
      if (chart.drawn) draw(chart);
    }
  };
  dark.addEventListener("change", () => redraw());
  addEventListener("resize", () => {
    for (const chart of charts.values()) {
      if (chart.drawn) Plotly.Plots.resize(chart.place).catch(() => {}); // out of sight it has no size; drawn anew it has
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "z" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    common = SCALES[(SCALES.indexOf(common ?? "tail") + 1) % SCALES.length];
    redraw((chart) => { chart.scale = common; });
  });
  addEventListener("beforeprint", () => {
    for (const box of boxes) if (!box.closest("section").hidden && !chartOf(box).drawn) draw(chartOf(box));
  });
}

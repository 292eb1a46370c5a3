"use strict";
// Draws a chart's plain data with uPlot: tones by name, in the colours of the page.
const Plot = (() => {
  const { colour, make, cut, finite, unpack, read, places, number, percent, widthOf, heightOf, positive, HUGE } = Data;
  const DASHES = { dash: [7, 4], dot: [2, 4], dashdot: [8, 3, 2, 3] };

  function seriesOf(data, hidden) {
    const tables = [], series = [{}], bands = [];
    const gap = (values) => Array.from(values, (value) => finite(value) ? value : null);
    for (const fan of data.fans) {
      tables.push([fan.x, ...fan.rows.map(gap)]);
      const base = series.length, pairs = Math.floor(fan.rows.length / 2);
      fan.rows.forEach((_, i) => series.push(i * 2 + 1 === fan.rows.length
        ? { stroke: colour(fan.tone), width: 2, dash: DASHES.dash, points: { show: false } }
        : { stroke: "transparent", width: 0, points: { show: false } }));
      for (let i = 0; i < pairs; i++) bands.push({ series: [base + fan.rows.length - 1 - i, base + i], fill: `color-mix(in srgb, ${colour(fan.tone)} ${pairs > 1 ? 16 + 8 * i : 18}%, transparent)` });
    }
    for (const line of [...data.lines].reverse()) {
      tables.push([line.x, gap(line.y)]);
      series.push({ stroke: colour(line.tone), width: line.faint ? 1 : line.width, dash: DASHES[line.dash], alpha: line.faint ? 0.4 : line.width <= 1 ? 0.55 : 1,
        show: !hidden.has(line.name), points: { show: Boolean(line.dots), size: 5, fill: colour(line.tone) } });
    }
    return { joined: tables.length ? uPlot.join(tables) : [[0]], series, bands };
  }
  // Where a log axis has its ticks: at powers of ten, with 2 and 5 between few; of less than a decade at even steps.
  function logSplits(min, max) {
    const decades = Math.log10(max) - Math.log10(min), each = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5], splits = [];
    const pace = Math.max(1, Math.ceil(decades / 8));
    if (decades < 0.9) {
      const rough = (max - min) / 5, power = 10 ** Math.floor(Math.log10(rough)), step = power * ([1, 2, 5].find((one) => one * power >= rough) ?? 10);
      for (let value = Math.ceil(min / step) * step; value <= max; value += step) splits.push(Number(value.toPrecision(12)));
      return splits;
    }
    for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power += pace) for (const one of each) {
      const value = Number(`${one}e${power}`);
      if (value >= min && value <= max) splits.push(value);
    }
    return splits;
  }
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  const logged = { splits: (u, i, min, max) => logSplits(min, max), filter: (u, splits) => splits,
    values: (u, splits) => splits.map((value) => value >= 1e4 && value < HUGE ? compact.format(value) : number(value, 6)) };
  function axesOf(data, log, small) {
    const grid = { stroke: colour("line"), width: 1, show: !data.cells.length }, font = `${small ? 10 : 13}px system-ui, sans-serif`;
    const common = { stroke: () => colour("quiet"), grid, ticks: { ...grid, show: true, size: 5 }, font, labelFont: font };
    const wide = (u, values, i) => {
      const widths = (values ?? []).flatMap((value) => String(value ?? "").split("\n")).map((text) => { u.ctx.font = u.axes[i].font[0]; return u.ctx.measureText(text).width / (uPlot.pxRatio); });
      return Math.ceil(Math.max(0, ...widths)) + (small ? 10 : 16);
    };
    const across = (u, splits) => { const text = places({ max: Math.abs(u.scales.x.max) }, data.y.names ? 5 : data.digits[0] || 0, u.scales.x.max - u.scales.x.min);
      return splits.map((value) => value === null ? "" : data.x.percent ? percent(value, 3) : text(value)); };
    const upward = (u, splits) => splits.map((value) => value === null ? "" : data.y.names ? wrapped(data.y.names[value] === undefined ? "" : data.called(data.y.names[value])) : data.y.percent ? percent(value, 3) : number(value, 6));
    return [
      { ...common, space: small ? 60 : 90, size: small ? 22 : 34, ...(log.x ? logged : { values: across }), ...(small ? {} : { label: data.x.title, labelSize: 22 }) },
      { ...common, space: small ? 40 : 44, size: wide, ...(log.y && !data.y.names ? logged : { values: upward }),
        ...(data.y.names ? { splits: () => data.y.names.map((_, i) => i) } : small ? {} : { label: cut(data.y.title, 60), labelSize: 22 }) },
    ];
  }
  function wrapped(text) {
    const lines = [""];
    for (const word of text.split(" ")) (lines.at(-1) && lines.at(-1).length + word.length > 34) ? lines.push(cut(word, 40)) : lines[lines.length - 1] += `${lines.at(-1) ? " " : ""}${cut(word, 40)}`;
    return lines.slice(0, 3).join("\n");
  }

  // On paper two runs go on a page.
  const tall = (height) => "printing" in document.documentElement.dataset ? Math.min(height, 250) : height;
  // Where a log axis begins, nothing at or below zero is drawn.
  function columnsOf(joined, logX) {
    const columns = joined.map((column) => Array.isArray(column) ? column : Array.from(column));
    if (logX) while (columns[0][0] <= 0) for (const column of columns) column.shift();
    return columns;
  }
  // Draws into an empty place. `moved` is told of each stretch of x that is shown. `scale` is "tail" (the part shown at first), "whole" or "log"; `log` of each axis.
  function draw(place, chart, { scale = "tail", logX = false, small = false, height = null, hidden = new Set(), label = "", moved = () => {} } = {}) {
    const data = { ...read(chart) };
    const tail = scale === "tail" && data.first;
    const log = { x: Boolean(logX || (data.x.log && scale !== "plain")), y: scale === "log" ? positive(data) : Boolean(!tail && data.y.log && scale !== "whole") };
    const home = tail ? data.first.x : widthOf(data, log.x);
    let shown = home; // uPlot asks for y's range before it has taken over x's
    const range = () => tail && shown === home ? data.first.y : heightOf(data, log.y, shown, hidden);
    const { joined, series, bands } = seriesOf(data, hidden);
    const go = (u, next) => {
      shown = next;
      u.setScale("x", { min: next[0], max: next[1] });
      moved(next, home);
    };
    const select = (u) => {
      const { left, width } = u.select;
      if (width > 8) go(u, [u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    };
    const u = new uPlot({
      width: Math.max(120, place.clientWidth), height: tall(height ?? data.height ?? 360), pxAlign: 0,
      padding: [small ? 8 : 20, small ? 12 : 24, 0, 0], legend: { show: false },
      scales: { x: { time: false, min: home[0], max: home[1], distr: log.x ? 3 : 1, range: (u, min, max) => [min ?? home[0], max ?? home[1]] }, y: { distr: log.y ? 3 : 1, range } },
      cursor: { show: !small, y: false, points: { show: false }, drag: { x: true, y: false, dist: 8, setScale: false }, bind: { dblclick: (u) => () => { go(u, home); } } },
      axes: axesOf(data, log, small), series, bands, hooks: { setSelect: [select], drawClear: [(u) => Canvas.under(u, data)], draw: [(u) => Canvas.over(u, data, hidden, small)] },
    }, columnsOf(joined, log.x), place);
    go(u, home);
    Object.assign(place, { plot: u, home, go: (range) => go(u, range) });
    place.dataset.scale = log.y ? "log" : tail ? "tail" : "whole";
    if (!small) {
      Pointing.tip(u, place, data, hidden);
      Pointing.gestures(u, home, go);
      Pointing.keys(u, place, data, home, go);
      place.setAttribute("aria-label", `${(label || data.y.title).replace(/\.$/, "")}. Arrow keys move along it, plus and minus zoom, Home shows all.`);
    }
    // The same chart with as many lines and bands, drawn of other points.
    const refine = (next) => {
      const { lines, fans, first } = read(next);
      Object.assign(data, { lines, fans, first });
      u.setData(columnsOf(seriesOf(data, hidden).joined, log.x), false);
      for (const series of u.series) series._paths = null; // uPlot keeps them while the scales stay
      u.setScale("x", { min: shown[0], max: shown[1] });
      u.redraw();
    };
    return { u, refine, destroy: () => { u.destroy(); place.replaceChildren(); delete place.plot; } };
  }
  return { draw, read, positive, table: Values.table, legend: Values.legend, key: Values.key, make, cut, colour, number, unpack };
})();

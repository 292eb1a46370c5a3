"use strict";
// Draws a chart's plain data with uPlot: tones by name, in the colours of the page; zoom, cursor, keys, table.
const Plot = (() => {
  const SYMBOLS = { dot: "●", star: "☆", cross: "×", bar: "–", tick: "|" };
  const DASHES = { dash: [7, 4], dot: [2, 4], dashdot: [8, 3, 2, 3] };
  const LONG = 1e10; // places from which on ticks are written 20B instead of 20,000,000,000
  const HUGE = 1e15; // and from which on 2e16
  const ROWS = 24; // of a line in the table
  const NEAR = 12; // pixels within which a point is pointed at
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const make = (tag, given = {}, ...children) => {
    const { attributes = {}, ...rest } = given;
    const element = Object.assign(document.createElement(tag), rest);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const cut = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;
  const finite = Number.isFinite;

  // numbers

  function bytesOf(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  }
  function stepped(first, pace, text) {
    const counts = text[0] === "b" ? new Uint8Array(bytesOf(text.slice(1))) : new Uint16Array(bytesOf(text.slice(1)));
    let whole = 0;
    return Float64Array.from(counts, (count) => first + (whole += count) * pace);
  }
  function between(text) {
    const [ends, codes] = text.split(",");
    const [low, step] = new Float64Array(bytesOf(ends));
    return Float64Array.from(new Uint16Array(bytesOf(codes)), (code) => code === 65535 ? NaN : low + code * step);
  }
  function unpack(packed) {
    if (ArrayBuffer.isView(packed)) return packed;
    if (typeof packed === "string") {
      const [letter, rest] = [packed[0], packed.slice(1)];
      return letter === "q" ? between(rest) : letter === "d" ? new Float64Array(bytesOf(rest)) : Float64Array.from(new Float32Array(bytesOf(rest)));
    }
    const [first, pace, count] = packed;
    return typeof count === "string" ? stepped(first, pace, count) : Float64Array.from({ length: count }, (_, i) => first + i * pace);
  }
  const known = new WeakMap();
  // What a chart's data are, unpacked once.
  function read(chart) {
    if (known.has(chart)) return known.get(chart);
    const some = (name) => chart[name] ?? [];
    const lines = some("lines").map((line) => ({ name: "", tone: "seen", width: 1.8, ...line, x: unpack(line.x), y: unpack(line.y) }));
    const fans = some("fans").map((fan) => {
      const [x, all] = [unpack(fan.x), unpack(fan.rows)];
      return { tone: "ahead", ...fan, x, rows: fan.levels.map((_, i) => all.subarray(i * x.length, (i + 1) * x.length)) };
    });
    const points = some("points").map((one) => ({ tone: "seen", shape: "dot", bars: "y", texts: [], ...one,
      ...Object.fromEntries(["x", "y", "low", "high"].filter((key) => key in one).map((key) => [key, unpack(one[key])])) }));
    const ready = { ...chart, lines, fans, points, spans: some("spans"), levels: some("levels"), digits: chart.digits ?? [2, 5] };
    known.set(chart, ready);
    return ready;
  }

  function places(axis, digits, span) {
    if (axis.max >= HUGE) return (value) => number(value, 4);
    const long = axis.max >= LONG;
    const most = long ? 3 : Math.max(0, Math.min(digits, Math.ceil(2 - Math.log10(span || 1))));
    const form = new Intl.NumberFormat("en", long ? { notation: "compact", maximumSignificantDigits: 4 } : { maximumFractionDigits: most });
    return (value) => form.format(value);
  }
  function number(value, digits = 5) {
    if (!finite(value)) return String(value);
    if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e9)) return value.toExponential(Math.min(digits, 6) - 1).replace(/\.?0+e/, "e");
    return String(Number(value.toPrecision(digits)));
  }
  const percent = (value, digits) => `${number(100 * value, digits)}%`;

  // ranges

  function spread(values, low, high) {
    for (const value of values) {
      if (!finite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return [low, high];
  }
  function padded([low, high], log, share) {
    if (low > high) return log ? [0.1, 1] : [0, 1];
    if (log) {
      const margin = (high / low) ** share > 1.001 ? (high / low) ** share : 1.2;
      return [low / margin, high * margin];
    }
    const margin = share * (high - low) || 0.1 * Math.abs(high) || 1;
    return [low - margin, high + margin];
  }
  function widthOf(data, log) {
    const all = [...data.lines, ...data.fans, ...data.points].flatMap((one) => [one.x, ...(one.bars === "x" && one.low ? [one.low, one.high] : [])]);
    let [low, high] = [Infinity, -Infinity];
    for (const x of all) [low, high] = spread(log ? x.filter((value) => value > 0) : x, low, high);
    for (const span of data.spans) [low, high] = spread([span.start, span.end ?? span.start], low, high);
    return padded([low, high], log, data.y.names ? 0.12 : 0.015);
  }
  function heightOf(data, log, [left, right], hidden) {
    if (data.y.names) return [-0.7, data.y.names.length - 0.3];
    let [low, high] = [Infinity, -Infinity];
    const within = (x, y) => y.filter((value, i) => x[i] >= left && x[i] <= right && (!log || value > 0));
    for (const line of data.lines) if (!hidden.has(line.name)) [low, high] = spread(within(line.x, line.y), low, high);
    for (const fan of data.fans) for (const row of [fan.rows[0], fan.rows.at(-1)]) [low, high] = spread(within(fan.x, row), low, high);
    for (const one of data.points) {
      if (one.at_top || hidden.has(one.name)) continue;
      for (const y of one.bars === "y" ? [one.y, one.low ?? [], one.high ?? []] : [one.y]) [low, high] = spread(within(one.x, Float64Array.from(y)), low, high);
    }
    for (const level of data.levels) if (level.along !== "x" && level.value > low - (high - low) && level.value < high + (high - low)) [low, high] = spread([level.value], low, high);
    if (data.y.zero) [low, high] = spread([0], low, high);
    return padded([low, high], log, 0.06);
  }
  const positive = (data) => data.lines.concat(data.points.filter((one) => !one.at_top)).some(({ y }) => y.some((value) => value > 0))
    && !data.lines.some((line) => line.name && !line.faint && line.y.some((value) => value <= 0));

  // what is drawn on the canvas around uPlot's lines

  function under(u, data) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const last = Math.max(...data.lines.filter((line) => line.name).map((line) => line.x.at(-1) ?? -Infinity));
    for (const { name, start, end, tone = "alarm" } of data.spans) {
      const from = u.valToPos(start, "x", true), to = Math.max(from + 1, u.valToPos(end ?? Math.max(last, start), "x", true));
      ctx.fillStyle = colour(tone);
      ctx.globalAlpha = 0.09;
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
      ctx.globalAlpha = 0.8;
      ctx.fillRect(from, bbox.top, devicePixelRatio, bbox.height);
    }
    ctx.restore();
  }
  function shape(ctx, kind, x, y, size) {
    ctx.beginPath();
    if (kind === "star") {
      for (let i = 0; i < 10; i++) {
        const angle = -Math.PI / 2 + i * Math.PI / 5, r = i % 2 ? size * 0.5 : size * 1.2;
        ctx.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
      }
      ctx.closePath();
    } else if (kind === "cross") {
      for (const side of [1, -1]) { ctx.moveTo(x - size * 0.7, y - side * size * 0.7); ctx.lineTo(x + size * 0.7, y + side * size * 0.7); }
    } else if (kind === "bar") { ctx.moveTo(x - size, y); ctx.lineTo(x + size, y); }
    else if (kind === "tick") { ctx.moveTo(x, y - 2 * size); ctx.lineTo(x, y + 2 * size); }
    else ctx.arc(x, y, size * 0.7, 0, 7);
  }
  function over(u, data, hidden, small) {
    const { ctx, bbox } = u, dpr = uPlot.pxRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const one of data.points) {
      if (hidden.has(one.name)) continue;
      const size = (one.shape === "star" ? 6 : one.x.length > 200 ? 3 : 5) * dpr;
      ctx.strokeStyle = colour(one.tone);
      ctx.fillStyle = one.shape === "star" ? colour("ground") : colour(one.tone);
      ctx.lineWidth = 1.6 * dpr;
      one.x.forEach((value, i) => {
        const x = u.valToPos(value, "x", true), y = one.at_top ? bbox.top + 8 * dpr : u.valToPos(one.y[i], "y", true);
        if (one.low) {
          const ends = [one.low[i], one.high[i]].map((end) => u.valToPos(end, one.bars, true));
          ctx.beginPath();
          if (one.bars === "x") { ctx.moveTo(ends[0], y); ctx.lineTo(ends[1], y); } else { ctx.moveTo(x, ends[0]); ctx.lineTo(x, ends[1]); }
          ctx.stroke();
        }
        shape(ctx, one.shape, x, y, size);
        if (one.shape === "dot" || one.shape === "star") ctx.fill();
        if (one.shape !== "dot") ctx.stroke();
      });
    }
    ctx.setLineDash([2 * dpr, 4 * dpr]);
    ctx.strokeStyle = ctx.fillStyle = colour("quiet");
    ctx.lineWidth = 1.2 * dpr;
    ctx.font = `${12 * dpr}px system-ui, sans-serif`;
    for (const { name, value, along = "y" } of data.levels) {
      const at = u.valToPos(value, along, true);
      ctx.beginPath();
      if (along === "x") { ctx.moveTo(at, bbox.top); ctx.lineTo(at, bbox.top + bbox.height); } else { ctx.moveTo(bbox.left, at); ctx.lineTo(bbox.left + bbox.width, at); }
      ctx.stroke();
      ctx.textAlign = "right";
      if (name && !small) ctx.fillText(name, bbox.left + bbox.width - 4 * dpr, at - 4 * dpr);
    }
    ctx.restore();
    if (!small) labels(u, data, dpr);
  }
  // Names of the last findings above the chart, no two over one another.
  function labels(u, data, dpr) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.fillStyle = colour("alarm");
    ctx.font = `${12 * dpr}px system-ui, sans-serif`;
    let free = Infinity;
    for (const { name, start } of data.spans.slice(-6).sort((a, b) => b.start - a.start)) {
      const at = u.valToPos(start, "x", true), width = ctx.measureText(name).width;
      if (at < bbox.left - 1 || at > bbox.left + bbox.width + 1) continue;
      const left = Math.max(bbox.left, Math.min(at, bbox.left + bbox.width - width));
      if (left + width > free) continue;
      free = left - 8 * dpr;
      ctx.textAlign = "left";
      ctx.fillText(name, left, bbox.top - 5 * dpr);
    }
    ctx.restore();
  }

  // a chart

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
    const decades = Math.log10(max / min), each = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5], splits = [];
    const pace = decades > 8 ? 2 : 1;
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
    const grid = { stroke: colour("line"), width: 1 }, font = `${small ? 10 : 13}px system-ui, sans-serif`;
    const common = { stroke: () => colour("quiet"), grid, ticks: { ...grid, size: 5 }, font, labelFont: font };
    const wide = (u, values, i) => {
      const widths = (values ?? []).flatMap((value) => String(value ?? "").split("\n")).map((text) => { u.ctx.font = u.axes[i].font[0]; return u.ctx.measureText(text).width / (uPlot.pxRatio); });
      return Math.ceil(Math.max(0, ...widths)) + (small ? 10 : 16);
    };
    const across = (u, splits) => { const text = places({ max: Math.abs(u.scales.x.max) }, data.y.names ? 5 : data.digits[0] || 0, u.scales.x.max - u.scales.x.min);
      return splits.map((value) => value === null ? "" : text(value)); };
    const upward = (u, splits) => splits.map((value) => value === null ? "" : data.y.names ? wrapped(data.y.names[value] ?? "") : data.y.percent ? percent(value, 3) : number(value, 6));
    return [
      { ...common, space: small ? 60 : 90, size: small ? 22 : 34, ...(log.x ? logged : { values: across }), ...(small ? {} : { label: data.x.title, labelSize: 22 }) },
      { ...common, space: small ? 40 : 44, size: wide, ...(log.y && !data.y.names ? logged : { values: upward }),
        ...(data.y.names ? { splits: () => data.y.names.map((_, i) => i) } : small ? {} : { label: cut(data.y.title, 60), labelSize: 22 }) },
    ];
  }
  function wrapped(text) {
    const lines = [""];
    for (const word of text.split(" ")) (lines.at(-1).length + word.length > 34) ? lines.push(cut(word, 40)) : lines[lines.length - 1] += `${lines.at(-1) ? " " : ""}${cut(word, 40)}`;
    return lines.slice(0, 3).join("\n");
  }

  // Draws into an empty place. `scale` is "tail" (the part shown at first), "whole" or "log"; `log` of each axis.
  function draw(place, chart, { scale = "tail", logX = false, small = false, height = null, hidden = new Set(), label = "" } = {}) {
    const data = read(chart);
    const tail = scale === "tail" && data.first;
    const log = { x: Boolean(logX || (data.x.log && scale !== "plain")), y: scale === "log" ? positive(data) : Boolean(!tail && data.y.log && scale !== "whole") };
    const home = tail ? data.first.x : widthOf(data, log.x);
    let shown = home; // uPlot asks for y's range before it has taken over x's
    const range = () => tail && shown === home ? data.first.y : heightOf(data, log.y, shown, hidden);
    const { joined, series, bands } = seriesOf(data, hidden);
    if (log.x) while (joined[0][0] <= 0) for (const column of joined) column.shift?.();
    const go = (u, next) => {
      shown = next;
      u.setScale("x", { min: next[0], max: next[1] });
    };
    const select = (u) => {
      const { left, width } = u.select;
      if (width > 8) go(u, [u.posToVal(left, "x"), u.posToVal(left + width, "x")]);
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    };
    const u = new uPlot({
      width: Math.max(120, place.clientWidth), height: height ?? data.height ?? 360, pxAlign: 0,
      padding: [small ? 8 : 20, 12, 0, 0], legend: { show: false },
      scales: { x: { time: false, min: home[0], max: home[1], distr: log.x ? 3 : 1, range: (u, min, max) => [min ?? home[0], max ?? home[1]] }, y: { distr: log.y ? 3 : 1, range } },
      cursor: { show: !small, y: false, points: { show: false }, drag: { x: true, y: false, dist: 8, setScale: false }, bind: { dblclick: (u) => () => { go(u, home); } } },
      axes: axesOf(data, log, small), series, bands, hooks: { setSelect: [select], drawClear: [(u) => under(u, data)], draw: [(u) => over(u, data, hidden, small)] },
    }, joined.map((column) => Array.isArray(column) ? column : Array.from(column)), place);
    go(u, home);
    place.plot = u;
    place.dataset.scale = log.y ? "log" : tail ? "tail" : "whole";
    if (!small) {
      tip(u, place, data, hidden);
      gestures(u, home, go);
      keys(u, place, data, home, go);
      place.setAttribute("aria-label", `${(label || data.y.title).replace(/\.$/, "")}. Arrow keys move along it, plus and minus zoom, Home shows all.`);
    }
    return { u, destroy: () => { u.destroy(); place.replaceChildren(); delete place.plot; } };
  }

  // what is told at a place

  function nearest(x, value) {
    let [low, high] = [0, x.length - 1];
    while (high - low > 1) { const middle = (low + high) >> 1; x[middle] < value ? low = middle : high = middle; }
    return Math.abs(x[low] - value) <= Math.abs(x[high] - value) ? low : high;
  }
  function toldAt(u, data, hidden, value, top) {
    const reach = 0.02 * (u.scales.x.max - u.scales.x.min);
    const digits = data.digits[1], rows = [];
    let at = null;
    for (const line of data.lines) {
      if (!line.name || line.faint || hidden.has(line.name) || !line.x.length) continue;
      const i = nearest(line.x, value);
      if (Math.abs(line.x[i] - value) > reach) continue;
      at ??= line.x[i];
      rows.push([line.name, number(line.y[i], digits), line.tone, line.y[i]]);
    }
    for (const fan of data.fans) {
      const i = nearest(fan.x, value);
      if (!fan.x.length || Math.abs(fan.x[i] - value) > reach) continue;
      at ??= fan.x[i];
      const [low, high] = [0.1, 0.9].map((level) => fan.rows[fan.levels.indexOf(level)] ?? fan.rows[level < 0.5 ? 0 : fan.rows.length - 1]);
      const middle = fan.rows.length % 2 ? number(fan.rows[(fan.rows.length - 1) / 2][i], digits) : "";
      const between = `(${fan.levels.includes(0.1) ? "80%: " : ""}${number(low[i], digits)} to ${number(high[i], digits)})`;
      const same = rows.find(([name]) => name === fan.name); // the line that the band is of
      if (same) same[1] += ` ${between}`;
      else rows.push([fan.name, `${middle} ${between}`, fan.tone, null]);
    }
    const px = u.valToPos(value, "x");
    for (const one of data.points) one.x.forEach((x, i) => {
      if (hidden.has(one.name) || rows.length > 14 || Math.abs(u.valToPos(x, "x") - px) > NEAR) return;
      if (top !== null && !one.at_top && Math.abs(u.valToPos(one.y[i], "y") - top) > NEAR) return;
      rows.push([one.name, one.texts[i] ?? one.texts[0] ?? number(one.y[i], digits), one.tone, null]);
    });
    for (const { name, start, end, tone } of data.spans) if (value >= start - reach && value <= (end ?? Infinity)) rows.push([name, "", tone ?? "alarm", null]);
    const where = places({ max: Math.abs(u.scales.x.max) }, data.digits[0], u.scales.x.max - u.scales.x.min);
    return { at: at ?? value, head: `${data.x.title} ${where(at ?? value)}`, rows };
  }
  function tip(u, place, data, hidden) {
    const box = make("div", { className: "tip", hidden: true });
    u.over.append(box);
    u.hooks.setCursor = [(u) => {
      const { left, top } = u.cursor;
      box.hidden = left < 0 || left === null;
      if (box.hidden) return;
      const { head, rows } = toldAt(u, data, hidden, u.posToVal(left, "x"), top);
      const order = rows.length > 10 ? [...rows].sort((a, b) => Math.abs(u.valToPos(a[3] ?? 0, "y") - top) - Math.abs(u.valToPos(b[3] ?? 0, "y") - top)).slice(0, 10) : rows;
      box.replaceChildren(make("b", { textContent: head }), ...order.map(([name, text, tone]) => {
        const swatch = make("i");
        swatch.style.background = colour(tone);
        return make("div", {}, swatch, `${cut(name, 48)} `, make("span", { textContent: text }));
      }));
      const right = left > u.over.clientWidth / 2;
      box.style.left = right ? "" : `${left + 14}px`;
      box.style.right = right ? `${u.over.clientWidth - left + 14}px` : "";
      box.style.top = `${Math.max(0, Math.min(top ?? 0, u.over.clientHeight - box.offsetHeight))}px`;
    }];
  }
  function gestures(u, home, go) {
    const about = (value, factor) => {
      const { min, max } = u.scales.x, low = value - (value - min) * factor, high = value + (max - value) * factor;
      if (high - low < (home[1] - home[0]) * 4) go(u, [low, high]);
    };
    u.over.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return; // a plain wheel scrolls the page; a pinch on a pad comes with ctrl
      event.preventDefault();
      about(u.posToVal(event.offsetX, "x"), event.deltaY > 0 ? 1.15 : 1 / 1.15);
    }, { passive: false });
    const fingers = new Map();
    let apart = 0;
    const spread = () => { const [a, b] = [...fingers.values()]; return Math.abs(a - b); };
    u.over.addEventListener("pointerdown", (event) => { if (event.pointerType === "touch") { fingers.set(event.pointerId, event.clientX); apart = fingers.size === 2 ? spread() : 0; } });
    for (const kind of ["pointerup", "pointercancel", "pointerleave"]) u.over.addEventListener(kind, (event) => { fingers.delete(event.pointerId); apart = 0; });
    u.over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, event.clientX);
      if (fingers.size !== 2 || !apart) return;
      const now = Math.max(10, spread()), left = u.over.getBoundingClientRect().left;
      about(u.posToVal([...fingers.values()].reduce((a, b) => a + b) / 2 - left, "x"), apart / now);
      apart = now;
    });
  }
  function keys(u, place, data, home, go) {
    place.tabIndex = 0;
    place.setAttribute("role", "figure");
    const say = make("div", { className: "unseen", attributes: { "aria-live": "polite" } });
    place.append(say);
    const main = data.lines.find((line) => line.name) ?? data.fans[0];
    let i = main ? main.x.length - 1 : 0;
    const x = () => main.x[i];
    place.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !main) return;
      const pace = event.shiftKey ? Math.ceil(main.x.length / 20) : 1, { min, max } = u.scales.x;
      const moves = { ArrowLeft: -pace, ArrowRight: pace };
      if (event.key in moves) {
        i = Math.max(0, Math.min(main.x.length - 1, i + moves[event.key]));
        if (x() < min || x() > max) go(u, [x() - (max - min) / 2, x() + (max - min) / 2]);
        requestAnimationFrame(() => {
          const { head, rows } = toldAt(u, data, new Set(), x(), null);
          u.setCursor({ left: u.valToPos(x(), "x"), top: u.valToPos(main.y?.[i] ?? 0, "y") });
          say.textContent = [head, ...rows.slice(0, 6).map(([name, text]) => `${name} ${text}`)].join(", ");
        });
      } else if (event.key === "+" || event.key === "-") {
        const half = (max - min) / 2 * (event.key === "+" ? 1 / 1.5 : 1.5), centre = event.key === "+" && x() >= min && x() <= max ? x() : (min + max) / 2;
        go(u, [centre - half, centre + half]);
      } else if (event.key === "Home") go(u, home);
      else if (event.key === "Escape") u.setCursor({ left: -10, top: -10 });
      else return;
      event.preventDefault();
    };
  }

  // the same as a table, and as CSV

  function rowsOf(data, most) {
    const rows = [];
    const some = (n) => n <= most ? Array.from({ length: n }, (_, i) => i) : [...new Set(Array.from({ length: most }, (_, k) => Math.round(k * (n - 1) / (most - 1))))];
    for (const line of data.lines) if (line.name && !line.faint) for (const i of some(line.x.length)) rows.push([line.name, line.x[i], line.y[i]]);
    for (const one of data.points) for (const i of some(one.x.length)) rows.push([one.name, one.x[i], one.at_top ? NaN : one.y[i], one.low?.[i], one.high?.[i]]);
    for (const fan of data.fans) for (const i of some(fan.x.length)) {
      const at = (level) => fan.rows[fan.levels.indexOf(level)]?.[i];
      rows.push([fan.name, fan.x[i], at(0.5), at(0.1) ?? fan.rows[0][i], at(0.9) ?? fan.rows.at(-1)[i]]);
    }
    return rows;
  }
  function table(chart) {
    const fold = make("details", { className: "values" }, make("summary", { textContent: "Values as a table" }));
    fold.addEventListener("toggle", () => {
      if (!fold.open || fold.children.length > 1) return;
      const data = read(chart), rows = rowsOf(data, ROWS), ranged = rows.some((row) => row[3] !== undefined);
      const head = ["of", data.x.title, data.y.title, ...(ranged ? ["low", "high"] : [])];
      const cell = (value) => typeof value === "string" ? value : value === undefined ? "" : number(value, data.digits[1]);
      const body = rows.map((row) => make("tr", {}, ...head.map((_, i) => make(i ? "td" : "th", { textContent: cut(cell(row[i]), 60), ...(i ? {} : { scope: "row" }) }))));
      const marks = data.spans.map(({ name, start, end }) => make("tr", {}, make("th", { scope: "row", textContent: cut(name, 60) }), make("td", { textContent: number(start, 7) }), make("td", { textContent: end === undefined || end === null ? "lasts" : `to ${number(end, 7)}` })));
      const caption = make("caption", { textContent: `Some of the values drawn${ranged ? "; low and high are the ends of the 80% interval, or of the bar" : ""}.` });
      const inner = make("table", {}, caption, make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col", textContent: cut(name, 60) })))), make("tbody", {}, ...body, ...marks));
      const save = make("button", { type: "button", textContent: "All that is drawn as CSV" });
      save.addEventListener("click", () => {
        const quoted = (value) => typeof value === "string" ? `"${value.replace(/^[=+\-@\t\r]/, "'$&").replace(/"/g, '""')}"` : value ?? "";
        const text = [["of", data.x.title, data.y.title, "low", "high"], ...rowsOf(data, Infinity)].map((row) => row.map(quoted).join(",")).join("\n");
        const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "chart.csv" });
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      });
      fold.append(make("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: "values" }, inner), save);
    });
    return fold;
  }
  // A button a line, which hides it.
  function legend(chart, hidden, redraw) {
    const data = read(chart), names = new Map();
    for (const { name, tone, dash, faint } of data.lines) if (name && !faint && !names.has(name)) names.set(name, [tone, dash]);
    if (!data.y.names) for (const { name, tone, shape, x } of data.points) if (name && x.length && !names.has(name)) names.set(name, [tone, null, SYMBOLS[shape]]);
    if (names.size < 2 || names.size > 30) return null;
    return make("div", { className: "legend", role: "group", ariaLabel: "lines" }, ...[...names].map(([name, [tone, dash, symbol]]) => {
      const swatch = make(symbol ? "b" : "i", symbol ? { textContent: symbol, attributes: { "aria-hidden": "true" } } : { className: dash ?? "solid" });
      swatch.style[symbol ? "color" : "borderColor"] = `var(--${tone})`;
      const button = make("button", { type: "button", attributes: { "aria-pressed": String(!hidden.has(name)) } }, swatch, cut(name, 70));
      button.addEventListener("click", () => {
        hidden.has(name) ? hidden.delete(name) : hidden.add(name);
        button.setAttribute("aria-pressed", String(!hidden.has(name)));
        redraw();
      });
      return button;
    }));
  }
  return { draw, read, positive, table, legend, make, cut, colour, number, unpack };
})();

"use strict";
// A chart's plain data: unpacked, written as numbers, and the ranges that hold them.
const Data = (() => {
  const LONG = 1e10; // places from which on ticks are written 20B instead of 20,000,000,000
  const HUGE = 1e15; // and from which on 2e16
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
    const cells = some("cells").map((one) => {
      const [x, all, framed] = [unpack(one.x), unpack(one.values), one.framed && unpack(one.framed)], m = x.length - 1;
      const rows = (values) => Array.from({ length: all.length / m }, (_, i) => values.subarray(i * m, (i + 1) * m));
      return { tone: "seen", ...one, x, rows: rows(all), framed: framed && rows(framed) };
    });
    const called = Names.short([...lines.filter(({ name, faint }) => name && !faint), ...fans, ...points].map(({ name }) => name).concat(chart.y?.names ?? []));
    const ready = { ...chart, called: (name) => called.get(name) ?? cut(name, 48), lines, fans, points, cells, spans: some("spans"), levels: some("levels"), digits: chart.digits ?? [2, 5] };
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
    if (!share) return [low, high];
    if (log) {
      const wide = 10 ** (share * (Math.log10(high) - Math.log10(low))), margin = wide > 1.001 ? wide : 1.2; // high / low may be beyond numbers
      return [Math.max(low / margin, Number.MIN_VALUE), Math.min(high * margin, Number.MAX_VALUE)];
    }
    const margin = share * (high - low) || 0.1 * Math.abs(high) || 1;
    return [low - margin, high + margin];
  }
  function widthOf(data, log) {
    const all = [...data.lines, ...data.fans, ...data.points, ...data.cells].flatMap((one) => [one.x, ...(one.bars === "x" && one.low ? [one.low, one.high] : [])]);
    let [low, high] = [Infinity, -Infinity];
    for (const x of all) [low, high] = spread(log ? x.filter((value) => value > 0) : x, low, high);
    for (const span of data.spans) [low, high] = spread([span.start, span.end ?? span.start], low, high);
    return padded([low, high], log, data.cells.length ? 0 : data.y.names ? 0.12 : 0.015);
  }
  function heightOf(data, log, [left, right], hidden) {
    if (data.y.names) return data.cells.length ? [-0.5, data.y.names.length - 0.5] : [-0.7, data.y.names.length - 0.3];
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
  return { colour, make, cut, finite, unpack, read, places, number, percent, spread, widthOf, heightOf, positive, HUGE };
})();

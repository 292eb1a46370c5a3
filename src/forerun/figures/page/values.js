"use strict";
// The same as a table and as CSV, and a legend whose buttons hide lines.
const Values = (() => {
  const { make, cut, finite, number, percent, read } = Data;
  const SYMBOLS = { dot: "●", star: "☆", cross: "×", bar: "–", tick: "|" };
  const LONGEST = 500; // letters of a name in the table
  const ROWS = 24; // of a line in the table

  function rowsOf(data, most) {
    const rows = [];
    const some = (n) => n <= most ? Array.from({ length: n }, (_, i) => i) : [...new Set(Array.from({ length: most }, (_, k) => Math.round(k * (n - 1) / (most - 1))))];
    for (const line of data.lines) if (line.name && !line.faint) for (const i of some(line.x.length)) rows.push([line.name, line.x[i], line.y[i]]);
    for (const one of data.points) for (const i of some(one.x.length)) rows.push([one.name, one.x[i], one.at_top ? NaN : one.y[i], one.low?.[i], one.high?.[i]]);
    for (const fan of data.fans) for (const i of some(fan.x.length)) {
      const at = (level) => fan.rows[fan.levels.indexOf(level)]?.[i];
      rows.push([fan.name, fan.x[i], at(0.5), at(0.1) ?? fan.rows[0][i], at(0.9) ?? fan.rows.at(-1)[i]]);
    }
    for (const one of data.cells) one.rows.forEach((values, r) => { for (const i of some(values.length)) if (finite(values[i])) rows.push([data.y.names[r], one.x[i], values[i]]); });
    return rows;
  }
  const heads = (data) => ["of", data.x.title, data.cells[0]?.name ?? data.y.title];
  function table(chart) {
    const fold = make("details", { className: "values" }, make("summary", { textContent: "Values as a table" }));
    fold.addEventListener("toggle", () => {
      if (!fold.open || fold.children.length > 1) return;
      const data = read(chart), rows = rowsOf(data, ROWS), ranged = rows.some((row) => row[3] !== undefined);
      const head = [...heads(data), ...(ranged ? ["low", "high"] : [])];
      const cell = (value) => typeof value === "string" ? value : value === undefined ? "" : number(value, data.digits[1]);
      const body = rows.map((row) => make("tr", {}, ...head.map((_, i) => make(i ? "td" : "th", { textContent: cut(cell(row[i]), LONGEST), ...(i ? {} : { scope: "row" }) }))));
      const marks = data.spans.map(({ name, start, end }) => make("tr", {}, make("th", { scope: "row", textContent: cut(name, 60) }), make("td", { textContent: number(start, 7) }), make("td", { textContent: end === undefined || end === null ? "lasts" : `to ${number(end, 7)}` })));
      const caption = make("caption", { textContent: `Some of the values drawn${ranged ? "; low and high are the ends of the 80% interval, or of the bar" : ""}.` });
      const inner = make("table", {}, caption, make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col", textContent: cut(name, 60) })))), make("tbody", {}, ...body, ...marks));
      const save = make("button", { type: "button", textContent: "All that is drawn as CSV" });
      save.addEventListener("click", () => {
        const quoted = (value) => typeof value === "string" ? `"${value.replace(/^[=+\-@\t\r]/, "'$&").replace(/"/g, '""')}"` : value ?? "";
        const text = [[...heads(data), "low", "high"], ...rowsOf(data, Infinity)].map((row) => row.map(quoted).join(",")).join("\n");
        const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: "chart.csv" });
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      });
      fold.append(make("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: "values" }, inner), save);
    });
    return fold;
  }
  // What pale and strong shades stand for.
  function ramp({ name, low, high, tone, percent: shares }) {
    const text = (value) => shares ? percent(value, 3) : number(value, 4), swatch = make("i", { className: "ramp" });
    swatch.style.setProperty("--tone", `var(--${tone})`);
    return make("span", {}, `${name}: ${text(low)} `, swatch, ` ${text(high)}`);
  }
  // A button a line, which hides it.
  function legend(chart, hidden, redraw) {
    const data = read(chart), names = new Map();
    if (data.cells.length) return make("div", { className: "legend" }, ...data.cells.map(ramp));
    for (const { name, tone, dash, faint } of data.lines) if (name && !faint && !names.has(name)) names.set(name, [tone, dash]);
    if (!data.y.names) for (const { name, tone, shape, x } of data.points) if (name && x.length && !names.has(name)) names.set(name, [tone, null, SYMBOLS[shape]]);
    if (names.size < 2 || names.size > 30) return null;
    return make("div", { className: "legend", role: "group", ariaLabel: "lines" }, ...[...names].map(([name, [tone, dash, symbol]]) => {
      const swatch = make(symbol ? "b" : "i", symbol ? { textContent: symbol, attributes: { "aria-hidden": "true" } } : { className: dash ?? "solid" });
      swatch.style[symbol ? "color" : "borderColor"] = `var(--${tone})`;
      const button = make("button", { type: "button", title: cut(name, LONGEST), attributes: { "aria-pressed": String(!hidden.has(name)) } }, swatch, data.called(name));
      button.addEventListener("click", () => {
        hidden.has(name) ? hidden.delete(name) : hidden.add(name);
        button.setAttribute("aria-pressed", String(!hidden.has(name)));
        redraw();
      });
      return button;
    }));
  }
  // What the lines are, where none is hidden.
  function key(chart) {
    const lines = read(chart).lines.filter(({ name, faint, tone }) => name && !faint && tone !== "quiet");
    if (lines.length < 2) return null;
    return make("div", { className: "legend" }, ...lines.map(({ name, tone, dash }) => {
      const swatch = make("i", { className: dash ?? "solid" });
      swatch.style.borderColor = `var(--${tone})`;
      return make("span", {}, swatch, read(chart).called(name));
    }));
  }
  return { table, legend, key };
})();

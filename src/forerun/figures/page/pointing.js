"use strict";
// What a chart tells where it is pointed at, by pointer, finger or keys, and how it is zoomed.
const Pointing = (() => {
  const { colour, make, cut, number, percent, finite, places } = Data;
  const LONGEST = 300; // letters of the name that is pointed at
  const NEAR = 12; // pixels within which a point is pointed at

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
    for (const one of data.cells) {
      const column = one.x.findIndex((edge, i) => value >= edge && value < one.x[i + 1]);
      if (column < 0) continue;
      at = one.x[column];
      const row = top === null ? null : Math.round(u.posToVal(top, "y"));
      one.rows.forEach((values, r) => {
        if ((row === null || row === r) && finite(values[column])) rows.push([data.y.names[r], one.percent ? percent(values[column], 3) : number(values[column], digits), one.tone, null]);
      });
    }
    for (const { name, start, end, tone } of data.spans) if (value >= start - reach && value <= (end ?? Infinity)) rows.push([name, "", tone ?? "alarm", null]);
    const where = places({ max: Math.abs(u.scales.x.max) }, data.digits[0], u.scales.x.max - u.scales.x.min);
    const head = `${data.x.title} ${data.x.percent ? percent(at ?? value, 3) : where(at ?? value)}`;
    return { at: at ?? value, head, rows };
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
      const away = ([, , , y]) => y === null ? Infinity : Math.abs(u.valToPos(y, "y") - top), closest = Math.min(...order.map(away));
      box.replaceChildren(make("b", { textContent: head }), ...order.map((row) => {
        const [name, text, tone] = row, swatch = make("i");
        swatch.style.background = colour(tone);
        return make("div", {}, swatch, `${away(row) === closest ? cut(name, LONGEST) : data.called(name)} `, make("span", { textContent: text }));
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
  // The places of points, from left to right.
  function inOrder(points) {
    const all = points.filter((one) => !one.at_top).flatMap((one) => Array.from(one.x, (x, i) => [x, one.y[i]]));
    all.sort(([a], [b]) => a - b);
    return all.length ? { x: all.map(([x]) => x), y: all.map(([, y]) => y) } : undefined;
  }
  function keys(u, place, data, home, go) {
    place.tabIndex = 0;
    place.setAttribute("role", "figure");
    const say = make("div", { className: "unseen", attributes: { "aria-live": "polite" } });
    place.append(say);
    const main = () => data.lines.find((line) => line.name) ?? data.fans[0] ?? inOrder(data.points) ?? data.cells[0];
    let at = null; // the place on x, which stays where the points around it become others
    place.onkeydown = (event) => {
      const along = main();
      if (event.ctrlKey || event.metaKey || event.altKey || !along) return;
      const most = along.x.length - 1, pace = event.shiftKey ? Math.ceil(along.x.length / 20) : 1, { min, max } = u.scales.x;
      const moves = { ArrowLeft: -pace, ArrowRight: pace }, before = at === null ? most : nearest(along.x, at);
      if (event.key in moves) {
        const i = Math.max(0, Math.min(most, before + moves[event.key]));
        at = along.x[i];
        if (at < min || at > max) go(u, [at - (max - min) / 2, at + (max - min) / 2]);
        requestAnimationFrame(() => {
          const { head, rows } = toldAt(u, data, new Set(), at, null);
          u.setCursor({ left: u.valToPos(at, "x"), top: u.valToPos(along.y?.[i] ?? 0, "y") });
          say.textContent = [head, ...rows.slice(0, 6).map(([name, text]) => `${name} ${text}`)].join(", ");
        });
      } else if (event.key === "+" || event.key === "-") {
        const x = along.x[before], half = (max - min) / 2 * (event.key === "+" ? 1 / 1.5 : 1.5), centre = event.key === "+" && x >= min && x <= max ? x : (min + max) / 2;
        go(u, [centre - half, centre + half]);
      } else if (event.key === "Home") go(u, home);
      else if (event.key === "Escape") u.setCursor({ left: -10, top: -10 });
      else return;
      event.preventDefault();
    };
  }
  return { tip, gestures, keys };
})();

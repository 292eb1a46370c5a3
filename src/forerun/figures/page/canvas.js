"use strict";
// What is drawn around the lines: stretches that findings mark, single points, guides and names.
const Canvas = (() => {
  const { colour } = Data;

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
    for (const one of data.cells) shades(u, one);
    ctx.restore();
  }
  // From pale to strong, so that nothing hangs on telling colours apart; frames around neighbours that have one.
  function shades(u, { x, rows, framed, low, high, tone }) {
    const { ctx } = u, strong = colour(tone);
    const edges = Array.from(x, (value) => Math.round(u.valToPos(value, "x", true)));
    rows.forEach((row, r) => {
      const top = Math.round(u.valToPos(r + 0.5, "y", true)), height = Math.round(u.valToPos(r - 0.5, "y", true)) - top;
      ctx.fillStyle = strong;
      row.forEach((value, c) => {
        if (!Number.isFinite(value)) return;
        ctx.globalAlpha = 0.08 + 0.92 * Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
        ctx.fillRect(edges[c], top + 1, Math.max(1, edges[c + 1] - edges[c]), height - 2);
      });
      ctx.globalAlpha = 1;
      ctx.strokeStyle = colour("ink");
      ctx.lineWidth = 2 * uPlot.pxRatio;
      for (let c = 0; framed && c < row.length; c++) {
        if (!framed[r][c] || (c && framed[r][c - 1])) continue;
        let end = c;
        while (end + 1 < row.length && framed[r][end + 1]) end++;
        ctx.strokeRect(edges[c] + 1, top + 2, edges[end + 1] - edges[c] - 2, height - 4);
      }
    });
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
    const many = data.points.reduce((sum, one) => sum + one.x.length, 0);
    for (const one of data.points) {
      if (hidden.has(one.name)) continue;
      const size = (one.shape === "star" ? 6 : many > 600 ? 2 : many > 200 ? 3 : 5) * dpr;
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
  return { under, over };
})();

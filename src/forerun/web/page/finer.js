"use strict";
// A stretch that is zoomed into, drawn of all the points that the server has there.
{
  const PAUSE = 150; // milliseconds for which a stretch stays before it is asked for
  const WIDER = 0.5; // of it on either side, so that a small move asks for nothing
  const asked = new WeakMap(); // of each drawn chart: what is on its way, and the stretch that was had last

  const joined = (old, fresh, [from, to]) => {
    const [x, y] = [Plot.unpack(old.x), Plot.unpack(old.y)], before = x.findIndex((value) => value >= from), after = x.findIndex((value) => value > to);
    const head = before < 0 ? x.length : before, tail = after < 0 ? x.length : after, [freshX, freshY] = [Plot.unpack(fresh.x), Plot.unpack(fresh.y)];
    const inside = [...freshX.keys()].filter((i) => freshX[i] >= from && freshX[i] <= to);
    const spliced = (all, some) => Float64Array.from([...all.subarray(0, head), ...inside.map((i) => some[i]), ...all.subarray(tail)]);
    return { ...old, x: spliced(x, freshX), y: spliced(y, freshY) };
  };
  function moved(chart, range, home) {
    const { drawn } = chart;
    if (!drawn) return;
    const state = asked.get(drawn) ?? { had: null };
    asked.set(drawn, state);
    clearTimeout(state.waits);
    state.abort?.abort();
    const whole = range[1] - range[0] >= 0.98 * (home[1] - home[0]);
    const within = state.had && range[0] >= state.had.from && range[1] <= state.had.to && range[1] - range[0] >= 0.5 * state.had.width;
    if (whole || within) return;
    state.waits = setTimeout(() => fetchInto(chart, state, range), PAUSE);
  }
  async function fetchInto(chart, state, [low, high]) {
    const { drawn } = chart, width = high - low, [from, to] = [low - WIDER * width, high + WIDER * width];
    const most = Math.round(2 * (1 + 2 * WIDER) * chart.place.clientWidth * devicePixelRatio);
    const query = new URLSearchParams({ number: chart.section.id.slice(4), view: chart.view, from, to, most });
    state.abort = new AbortController();
    try {
      const response = await fetch(`/api/window?${query}`, { signal: state.abort.signal });
      if (!response.ok || chart.drawn !== drawn) return;
      const { lines } = await response.json(), view = Report.withOthers(chart);
      if (chart.drawn !== drawn) return;
      const fresh = new Map(lines.map((line) => [line.name, line]));
      drawn.refine({ ...view, lines: view.lines.map((line) => line.name && !line.faint && fresh.has(line.name) ? joined(line, fresh.get(line.name), [from, to]) : line) });
      state.had = { from, to, width };
      chart.place.dataset.finer = String(Number(chart.place.dataset.finer ?? 0) + 1);
    } catch (error) { if (error.name !== "AbortError") throw error; }
  }
  Report.moved = moved;
}

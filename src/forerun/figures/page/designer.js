"use strict";
// The schedule designer: knots, what a law says of them, and the plan as text.
const Designer = (() => {
  const { make, number } = Data;
  const { sources, post, range } = Asking;
  const at = (id) => document.getElementById(id);
  const plan = { knots: [], since: 0, past: null, resume: null, peak: 0, warmup: 0, pinned: null, notes: [], task: null, measured: [] };
  const history = [], asTable = at("numbers").appendChild(make("tbody"));
  let said = null, edited = 0, busy = false, again = false, ready = false;
  const asked = Asking.form(sources.laws.filter((one) => one.along), fit).asked;

  // what is asked

  const knotsOf = (knots) => ({ x: knots.map((one) => one.x), value: knots.map((one) => one.v) });
  const knotted = ({ x, value }) => x.map((one, i) => ({ x: Math.round(one), v: Number(value[i].toPrecision(4)) }));
  const request = () => ({ ...asked(), plans: { plan: knotsOf(plan.knots), ...(plan.pinned ? { pinned: knotsOf(plan.pinned) } : {}) }, resume: plan.resume, since: plan.resume ? plan.since : null });
  const steps = () => plan.knots.at(-1).x;
  const tell = (id, text) => { at(id).textContent = text; };
  const complain = (error) => tell("says", error.message);

  async function fit() {
    ready = false;
    tell("law-says", "Fitting the law to the runs …");
    const { task } = asked();
    try {
      const made = await post("/api/schedule/start", asked());
      if (made.status === "undecided") {
        tell("says", `Cannot say what a schedule ends at: ${made.why}.`);
        tell("law-says", `It needs ${made.needs}.`);
        return draft();
      }
      const n = made.fitted_to.length, notes = made.warnings.length ? `; ${Asking.notes(made.warnings)}` : "";
      tell("law-says", `${made.law} fitted to ${made.n.toLocaleString("en")} points of ${n} run${n === 1 ? "" : "s"} in ${number(made.fit_seconds, 2)} s${notes}.`);
      listRuns(made.last_steps);
      ready = true;
      Object.assign(plan, { peak: made.peak, warmup: made.warmup, notes: made.warnings, measured: made.measured });
      if (plan.knots.length && task === plan.task) return weigh();
      Object.assign(plan, { task, past: null, resume: null, since: 0, pinned: null }); // another project has other rates
      at("resume").value = at("since").value = "";
      begin(made.steps, made.peak, made.warmup);
    } catch (error) { complain(error); tell("law-says", "A plan can be drawn and exported without one."); draft(); }
  }
  // Something to draw on where no law speaks.
  const draft = () => { if (!plan.knots.length) begin(10000, 1e-3, 0); };
  function listRuns(last) {
    at("resume").replaceChildren(make("option", { value: "", textContent: "the beginning" }), ...Object.keys(last).map((run, i, all) => make("option", { value: run, title: run, textContent: Asking.called(all).get(run) })));
    at("resume").value = plan.resume ?? "";
    at("resume").last = last;
  }
  function begin(length, peak, warmup) {
    const cooldown = Math.round(0.8 * length), rises = warmup > 0 && warmup < cooldown;
    plan.knots = [...(rises ? [{ x: 0, v: 0 }, { x: warmup, v: peak }] : [{ x: 0, v: peak }]), { x: cooldown, v: peak }, { x: Math.round(length), v: 0 }];
    plan.peak = peak;
    changed("set");
  }

  // edits

  function changed(kind) {
    edited = performance.now();
    weigh(); // the server thinks while the page draws
    if (kind !== "drag") remember();
    drawRates();
    fillTable();
  }
  function remember() {
    const now = JSON.stringify([plan.knots, plan.since, plan.past, plan.resume]);
    if (history.at(-1) !== now) history.push(now);
    at("undo").disabled = history.length < 2;
  }
  function undo() {
    if (history.length < 2) return;
    history.pop();
    [plan.knots, plan.since, plan.past, plan.resume] = JSON.parse(history.at(-1));
    at("resume").value = plan.resume ?? "";
    changed("undo");
  }
  function take(knots) {
    plan.knots = knotted(knots);
    changed("set");
  }
  // A longer or shorter plan: what may still be changed is stretched.
  function stretch(length) {
    if (!(length > plan.since + plan.knots.length)) { at("steps").value = steps(); return; }
    const factor = (length - plan.since) / (steps() - plan.since);
    plan.knots.forEach((one) => { one.x = Math.round(plan.since + (one.x - plan.since) * factor); });
    changed("set");
  }
  async function resume(run, since) {
    at("since").disabled = !run;
    if (!run) {
      Object.assign(plan, { past: null, resume: null, since: 0, pinned: null });
      at("since").value = "";
      return begin(steps(), plan.peak, plan.warmup);
    }
    try {
      const past = await post("/api/schedule/sketch", { ...asked(), resume: run, since });
      const length = Math.max(steps(), Math.round(1.25 * past.since));
      Object.assign(plan, { past: past.past, resume: run, since: past.since, pinned: null });
      plan.knots = [{ x: past.since, v: past.rate }, { x: Math.round(past.since + 0.5 * (length - past.since)), v: past.rate }, { x: length, v: 0 }];
      at("since").value = past.since;
      changed("set");
    } catch (error) { complain(error); }
  }

  // what is said

  async function weigh() {
    if (!ready || busy) { again = true; return; }
    busy = true;
    let since = edited;
    do {
      again = false;
      since = edited;
      try { show(await post("/api/schedule/weigh", request())); } catch (error) { complain(error); }
      await new Promise(requestAnimationFrame);
    } while (again);
    busy = false;
    document.body.dataset.editMs = (performance.now() - since).toFixed(1); // of the last edit, until its picture
  }
  function show(answer) {
    said = answer;
    const [own, pinned] = answer.schedules;
    const [gap, side] = pinned?.behind?.estimate > 0 ? [pinned, "below"] : own.behind?.estimate > 0 && pinned ? [own, "above"] : [];
    const apart = gap ? ` ${range(gap.behind, 2)} ${side} the pinned plan${gap.within_error ? ", which is within the law's error" : ""}.` : "";
    tell("says", own.loss.undefined ? `Cannot say what it ends at: ${own.loss.undefined}.` : `Ends at ${range(own.loss)}.${apart}`);
    at("warnings").replaceChildren(...(own.warnings ?? []).filter((one) => !plan.notes.includes(one)).map((one) => make("li", { textContent: one })));
    drawLosses();
  }
  // The same as a table and what its lines are, once edits rest.
  const REST = 300; // milliseconds
  const tables = {};
  function tabled(id, chart) {
    const one = tables[id] ??= { below: make("div", {}) };
    if (!one.below.isConnected) (at(id).closest(".drawn") ?? at(id)).after(one.below);
    clearTimeout(one.waits);
    one.waits = setTimeout(() => {
      const open = Boolean(one.below.querySelector("details[open]")), fold = Plot.table(chart), key = Plot.key(chart);
      one.below.replaceChildren(...(key ? [key] : []), fold);
      fold.open = open;
    }, REST);
  }
  // A chart in its place: of other points where it has as many lines over the same steps, else anew.
  function put(id, drawn, chart, label) {
    const form = JSON.stringify([chart.first.x, chart.lines.length, chart.fans?.length]);
    tabled(id, chart);
    if (drawn?.form === form) { drawn.refine(chart); return drawn; }
    drawn?.destroy();
    return Object.assign(Plot.draw(at(id), chart, { label }), { form, home: chart.first.x });
  }
  let losses = null, rates = null;
  function drawLosses() {
    at("losses").hidden = at("measured").hidden = !said?.chart;
    if (tables.losses) tables.losses.below.hidden = !said?.chart;
    if (said?.chart) losses = put("losses", losses, { ...said.chart, lines: [...said.chart.lines, ...plan.measured] }, "predicted loss over steps");
  }
  const line = (name, knots, tone, dash) => ({ name, tone, dash, width: 1.8, x: Float64Array.from(knots.x), y: Float64Array.from(knots.value) });
  function drawRates() {
    const lines = [line("plan", knotsOf(plan.knots), "ahead", "solid")];
    if (plan.past) lines.push(line("past, as it was trained", plan.past, "seen", "solid"));
    if (plan.pinned) lines.push(line("pinned", knotsOf(plan.pinned), "third", "dash"));
    const top = 1.12 * limits().top, before = rates;
    const chart = { x: { title: "step" }, y: { title: "learning rate" }, lines, digits: [0, 4], first: { x: [-0.02 * steps(), 1.02 * steps()], y: [-0.05 * top, top] }, height: 320 };
    rates = put("rates", rates, chart, "learning rate over steps");
    rates === before ? handles.put() : handles.follow(rates.u);
  }
  let tallest = 0;
  function limits() {
    const now = Math.max(plan.peak, ...plan.knots.map((one) => one.v), ...(plan.past?.value ?? []));
    tallest = now > tallest || now < 0.5 * tallest ? now : tallest; // the axis rests while a knot is moved
    return { top: tallest || 1e-3, span: steps() - plan.since, digits: 3 };
  }
  const handles = Knots.over(at("rates"), at("knots"), { knots: () => plan.knots, limits, change: changed });

  // numbers

  function cell(value, label, i, commit) {
    const input = make("input", { type: "text", inputMode: "decimal", value, ariaLabel: `${label} of knot ${i + 1}` });
    input.addEventListener("change", () => { const given = Number(input.value.replaceAll(",", "")); Number.isFinite(given) && given >= 0 ? commit(given) : fillTable(); });
    return make("td", {}, input);
  }
  function fillTable() {
    const last = plan.knots.length - 1;
    at("steps").value = steps();
    if (asTable.rows.length === plan.knots.length || document.activeElement?.closest?.("#numbers")) return fillCells();
    asTable.replaceChildren(...plan.knots.map((one, i) => {
      const fixed = i === 0 || i === last;
      const step = fixed ? make("td", { textContent: one.x.toLocaleString("en") }) : cell(one.x, "step", i, (value) => { plan.knots[i].x = Math.round(Math.min(plan.knots[i + 1].x - 1, Math.max(plan.knots[i - 1].x + 1, value))); changed("number"); });
      const rate = cell(one.v, "rate", i, (value) => { plan.knots[i].v = value; changed("number"); });
      const tools = make("td", {}, ...(i < last ? [make("button", { type: "button", textContent: "Add after", ariaLabel: `add a knot after knot ${i + 1}`, onclick: () => handles.addAfter(i) })] : []),
        ...(fixed ? [] : [make("button", { type: "button", textContent: "Remove", ariaLabel: `remove knot ${i + 1}`, onclick: () => handles.remove(i) })]));
      return make("tr", {}, make("th", { scope: "row", textContent: i + 1 }), step, rate, tools);
    }));
  }
  function fillCells() {
    plan.knots.forEach((one, i) => {
      const inputs = [...asTable.rows[i]?.querySelectorAll("input") ?? []];
      if (inputs.length) inputs.at(-1).value = one.v;
      if (inputs.length > 1) inputs[0].value = one.x;
      else if (asTable.rows[i]) asTable.rows[i].cells[1].textContent = one.x.toLocaleString("en");
    });
  }

  // tools

  at("steps").addEventListener("change", () => stretch(Math.round(Number(at("steps").value))));
  at("form").addEventListener("change", async () => {
    const form = at("form").value;
    at("form").value = "";
    if (!form) return;
    const since = plan.resume ? plan.since : 0, length = steps() - since;
    const warmup = plan.resume ? null : plan.warmup || null;
    const params = { steps: length, peak: plan.resume ? plan.knots[0].v : plan.peak, warmup, cooldown: Math.round(0.2 * steps()) };
    try {
      const { knots } = await post("/api/schedule/sketch", { form, params });
      take({ x: knots.x.map((one) => one + since), value: knots.value });
    } catch (error) { complain(error); }
  });
  at("lowest").addEventListener("click", async () => {
    tell("says", "Looking for the lowest …");
    try {
      const made = await post("/api/schedule/design", { ...request(), steps: steps(), peak: plan.resume ? null : plan.peak, warmup: plan.resume ? null : plan.warmup });
      if (made.status === "undecided") tell("says", `Cannot say: ${made.why}; it needs ${made.needs}.`);
      else take(made.knots);
    } catch (error) { complain(error); }
  });
  at("resume").addEventListener("change", () => resume(at("resume").value, null));
  at("since").addEventListener("change", () => resume(at("resume").value, Number(at("since").value)));
  at("undo").addEventListener("click", undo);
  at("pin").addEventListener("click", () => {
    plan.pinned = plan.pinned ? null : plan.knots.map((one) => ({ ...one }));
    at("pin").setAttribute("aria-pressed", String(Boolean(plan.pinned)));
    at("pin").textContent = plan.pinned ? "Unpin" : "Pin to compare";
    changed("set");
  });
  at("export").addEventListener("click", async () => {
    try {
      const { text, to } = await post("/api/schedule/export", { ...request(), to: at("to").value });
      const ending = { json: "json", csv: "csv" }[to] ?? "py";
      const link = make("a", { href: URL.createObjectURL(new Blob([text])), download: `schedule.${ending}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      Object.assign(at("text"), { textContent: text.length > 20000 ? `${text.slice(0, 20000)}\n…` : text, hidden: false });
    } catch (error) { complain(error); }
  });
  addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.tagName !== "INPUT") { event.preventDefault(); undo(); } });
  const redraw = () => {
    for (const one of [rates, losses]) if (one) one.form = null;
    drawRates();
    drawLosses();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("resize", redraw);
  fit();
  return { plan };
})();

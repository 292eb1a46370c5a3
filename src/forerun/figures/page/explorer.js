"use strict";
// The law explorer: a law, what it is fitted to, and what it says.
const Explorer = (() => {
  const { make, number, cut } = Data;
  const { sources, post, range, labelled, select } = Asking;
  const at = (id) => document.getElementById(id);
  let table = null, header = [], drawn = [];
  const form = Asking.form(sources.laws, shown);
  const chosen = () => sources.laws.find((one) => one.law === form.law.value);
  const share = select("left-out", [["0", "none"], ["0.1", "the largest 10%"], ["0.2", "the largest 20%"], ["0.3", "the largest 30%"]], "0.2");
  const file = make("input", { type: "file", id: "file", accept: ".csv,text/csv" });
  at("law-form").append(labelled("Hold out", share), labelled("A table of your own (CSV)", file));

  function shown() {
    const law = chosen();
    at("does").textContent = law.does;
    share.parentElement.hidden = law.along;
    for (const one of form.ofRuns) one.hidden = Boolean(table) || (one === form.ofRuns[0] && !form.chosen());
    at("choose").hidden = !law.along || Boolean(table);
    const before = Object.fromEntries([...at("columns").querySelectorAll("select")].map(({ name, value }) => [name, value]));
    const names = law.along ? ["run", "step", "rate", "y"] : [...law.inputs, "y"];
    at("columns").replaceChildren(...(table ? names.map((name) => {
      const options = [["", header.includes(name) ? name : "…"], ...header.map((one) => [one, one])];
      return labelled(name, make("select", { name }, ...options.map(([value, text]) => make("option", { value, textContent: cut(text, 40), selected: value === before[name] }))));
    }) : law.along ? [] : names.map((name) => labelled(name, make("input", { name, type: "text", placeholder: name, autocomplete: "off" })))));
  }
  file.addEventListener("change", async () => {
    table = file.files.length ? await file.files[0].text() : null;
    header = table ? table.split(/\r?\n/, 1)[0].split(",").map((name) => name.trim().replace(/^"|"$/g, "")) : [];
    shown();
  });
  const asked = () => {
    const columns = Object.fromEntries([...at("columns").querySelectorAll("[name]")].map(({ name, value }) => [name, value]).filter(([, value]) => value));
    const law = chosen(), { runs, task, ...rest } = form.asked();
    return { ...rest, runs: table || !law.along ? null : runs, task: table ? null : task, left_out: law.along ? 0 : Number(share.value), columns, ...(table ? { table } : {}) };
  };
  const rows = (head, body, caption) => make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: caption }, make("table", {}, make("caption", { textContent: caption }),
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col", textContent: name })))),
    make("tbody", {}, ...body.map((row) => make("tr", {}, ...row.map((text, i) => make(i ? "td" : "th", { textContent: text, ...(i ? { className: "number" } : { scope: "row" }) })))))));

  async function fit() {
    for (const id of ["fitted", "judged", "beyond"]) at(id).hidden = true;
    at("law-says").textContent = "";
    at("says").textContent = "Fitting …";
    try {
      const made = await post("/api/law/fit", asked());
      if (made.status === "undecided") at("says").textContent = `Cannot say: ${made.why}; it needs ${made.needs}.`;
      else show(made);
    } catch (error) { at("says").textContent = error.message; }
    document.body.dataset.fitted = String(Number(document.body.dataset.fitted ?? 0) + 1);
  }
  function show(made) {
    const members = made.members ?? [made];
    at("says").textContent = `${made.says}.`;
    const report = ({ law, n, groups, report, warnings, objective }) => `${law}: ${n.toLocaleString("en")} points of ${groups.toLocaleString("en")} runs; ${report.reached} of ${report.starts} starts reached the optimum (${number(objective, 4)})${warnings.length ? `; ${Asking.notes(warnings)}` : ""}.`;
    at("law-says").textContent = members.map(report).join(" ") + (made.left_out ? ` ${made.left_out.toLocaleString("en")} rows were held out.` : "");
    at("params").replaceChildren(...members.map((one) => rows(["parameter", "value", "95%"], Object.entries(one.params).map(([name, value]) => [name, number(value, 4), one.intervals[name].map((end) => number(end, 4)).join(" to ")]), `Parameters of ${one.law}`)));
    at("fitted").hidden = false;
    drawn.forEach(({ destroy }) => destroy());
    at("charts").replaceChildren();
    drawn = made.charts.map((chart) => {
      const place = make("div", { className: "plot", role: "figure", ariaLabel: chart.y.title }), hidden = new Set();
      at("charts").append(place);
      const draw = () => Plot.draw(place, chart, { scale: chart.y.log ? "log" : "tail", hidden });
      const one = { chart, ...draw() };
      const again = () => { one.destroy(); Object.assign(one, draw()); };
      const legend = Plot.legend(chart, hidden, again);
      place.after(...(legend ? [legend] : []), Plot.table(chart));
      return Object.assign(one, { again });
    });
    judge(made.held_out);
    ask(made.inputs);
  }
  function judge(held) {
    at("judged").hidden = !held.length;
    const said = (value) => value === undefined || value?.undefined !== undefined ? "–" : number(value, 4);
    at("held-out").replaceChildren(rows(["run", "measured end", "foretold", "80%", "mean error", "R²"], held.map((one) => one.status === "undecided"
      ? [one.run, "", `cannot say: ${one.why}`, "", "", ""]
      : [one.run, said(one.final), number(one.final_predicted, 4), `${number(one.final_low, 4)} to ${number(one.final_high, 4)}`, said(one.mae), said(one.r2)]), "Runs that the law was not fitted to"));
  }
  const short = (value) => Math.abs(value) >= 1e5 ? value.toExponential(2).replace(/\.?0+e\+?/, "e").replace("e+", "e") : number(value, 3);
  function ask(inputs) {
    const names = Object.keys(inputs);
    at("beyond").hidden = chosen().along || !names.length;
    if (at("beyond").hidden) return;
    const boxes = names.map((name) => make("input", { type: "text", inputMode: "decimal", name, value: inputs[name] ? short(2 * inputs[name].high) : "" }));
    const button = make("button", { type: "button", textContent: "Foretell" });
    const told = (name) => inputs[name] ? `${name} (measured ${short(inputs[name].low)} to ${short(inputs[name].high)})` : name;
    at("at").replaceChildren(...boxes.map((box) => labelled(told(box.name), box)), button);
    at("predicted").textContent = "";
    button.addEventListener("click", async () => {
      try {
        const said = await post("/api/law/predict", { ...asked(), at: Object.fromEntries(boxes.map((box) => [box.name, Number(box.value)])) });
        const [one] = said.predictions;
        at("predicted").textContent = one.status === "undecided" ? `Cannot say: ${one.why}; it needs ${one.needs}.`
          : [range({ estimate: one.final_predicted, low: one.final_low, high: one.final_high }), ...said.warnings].join("; ");
      } catch (error) { at("predicted").textContent = error.message; }
    });
  }
  at("fit").addEventListener("click", fit);
  const redraw = () => drawn.forEach((one) => one.again());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("resize", redraw);
  shown();
  return {};
})();

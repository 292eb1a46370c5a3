"use strict";
// Asking the server, and choosing the law that is asked and what it is fitted to.
const Asking = (() => {
  const { make, number } = Data;
  const sources = JSON.parse(document.getElementById("sources").textContent);

  // What a path answers; an error of the server's is thrown with its words.
  async function post(path, body) {
    const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const said = await response.json();
    if (!response.ok) throw new Error([said.error?.where, said.error?.message].filter(Boolean).join(": ") || response.statusText);
    return said;
  }
  const within = ({ low, high }) => `80%: ${number(low, 4)} to ${number(high, 4)}`;
  const range = (value, digits = 4) => value?.undefined !== undefined ? `cannot say: ${value.undefined}` : `${number(value.estimate, digits)} (${within(value)})`;

  const called = (names) => Names.short(names, 60);
  // Warnings in a sentence; parameters that the data do not tell, together.
  function notes(warnings) {
    const told = "the data do not tell ", names = warnings.filter((one) => one.startsWith(told)).map((one) => one.slice(told.length));
    return [...(names.length ? [told + names.join(", ")] : []), ...warnings.filter((one) => !one.startsWith(told))].join("; ");
  }
  function labelled(name, element) { return make("label", {}, `${name} `, element); }
  function select(id, options, chosen) {
    const element = make("select", { id }, ...options.map(([value, name]) => make("option", { value, title: name, textContent: Data.cut(name, 70) })));
    if (chosen !== undefined) element.value = chosen;
    return element;
  }
  // Selects of law, project or task, and metric, and a box a run; `changed` is called when one of them changes.
  function form(laws, changed) {
    const place = document.getElementById("law-form"), list = document.getElementById("law-runs");
    const law = select("law", laws.map((one) => [one.law, one.law]), laws.some((one) => one.law === sources.law) ? sources.law : undefined);
    const task = select("task", []), named = labelled("Project", task);
    const metric = sources.metrics.length > 1 ? select("metric", [["", "the one runs are judged by"], ...sources.metrics.map((one) => [one, one])]) : null;
    place.append(labelled("Law", law), named, ...(metric ? [labelled("Metric", metric)] : []));
    const boxes = () => [...list.querySelectorAll("input")];
    const runsOf = (project) => sources.runs.filter((one) => one.project === project);
    let listed = null;
    const listRuns = () => list.replaceChildren(...runsOf(listed = task.value).map(({ run }, i, all) => {
      const box = make("input", { type: "checkbox", value: run, checked: true });
      box.addEventListener("change", changed);
      return make("label", { title: run }, box, ` ${called(all.map((one) => one.run)).get(run)}`);
    }));
    // A law along a path holds within a project; one that reads a row a run may lie across all of a task.
    function listTasks() {
      const { along } = laws.find((one) => one.law === law.value), before = task.value;
      const names = along ? sources.projects : sources.tasks;
      const shown = called(names), count = (name) => `${shown.get(name)} (${runsOf(name).length} run${runsOf(name).length === 1 ? "" : "s"})`;
      task.replaceChildren(...names.map((value) => make("option", { value, title: value, textContent: along ? count(value) : shown.get(value) })));
      if (names.includes(before)) task.value = before;
      named.firstChild.textContent = along ? "Project " : "Task ";
      named.hidden = names.length < 2;
      if (along && listed !== task.value) listRuns();
    }
    listTasks();
    law.addEventListener("change", listTasks);
    task.addEventListener("change", listRuns);
    for (const one of [law, task, metric]) one?.addEventListener("change", changed);
    const asked = () => {
      const all = boxes(), on = all.filter((box) => box.checked);
      return { law: law.value, task: task.options.length > 1 ? task.value : null, metric: metric?.value || null, runs: on.length === all.length ? null : on.map((box) => box.value) };
    };
    return { law, asked, ofRuns: [named, metric?.parentElement].filter(Boolean), chosen: () => task.options.length > 1 };
  }
  return { sources, post, range, within, labelled, select, called, notes, form };
})();

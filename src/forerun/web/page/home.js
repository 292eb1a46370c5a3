"use strict";
// The table of runs, a page at a time as the server has it: filter, order, groups, ticks, and rows that change in place.
{
  const PAUSE = 1000; // milliseconds between two looks at what has changed
  const box = document.getElementById("rows");
  const [filter, group, count, link] = ["filter", "group", "count", "compare-link"].map((id) => document.getElementById(id));
  const pager = document.querySelector(".pager"), where = document.getElementById("where");
  const size = Number(box.dataset.count);
  const state = Object.fromEntries(new URLSearchParams(location.search));
  const ticks = new Set(); // addresses of runs
  const raw = new WeakMap();
  let heads = "", matching = 0, latest = 0;

  const query = (names) => new URLSearchParams(Object.entries(state).filter(([name, value]) => names.includes(name) && value && value !== "0"));
  const ALL = ["find", "sort", "down", "group", "from"];

  function facts(part) {
    const told = part.querySelector("[data-of]");
    for (const name of ["lead", "needs"]) {
      const place = document.getElementById(name), text = told.querySelector(`[data-for=${name}]`).innerHTML;
      if (raw.get(place) !== text) { place.innerHTML = text; raw.set(place, text); }
    }
    matching = Number(told.dataset.matching);
    state.from = told.dataset.from;
    const [from, to] = [Number(state.from), Math.min(Number(state.from) + size, matching)];
    count.textContent = `${Live.written(matching)} of ${Live.written(Number(told.dataset.of))} runs`;
    pager.hidden = matching <= size;
    where.textContent = `${Live.written(from + 1)} to ${Live.written(to)} of ${Live.written(matching)}`;
    document.getElementById("before").disabled = !from;
    document.getElementById("after").disabled = to >= matching;
    const columns = told.dataset.columns.split(" ").map((name) => name.replaceAll("\u00a0", " "));
    if ([...group.options].slice(1).map(({ value }) => value).join() !== columns.join()) {
      group.replaceChildren(group.options[0], ...columns.map((value) => Object.assign(document.createElement("option"), { value, textContent: value === "verdict" ? "advice" : value })));
      group.value = state.group ?? "";
    }
    told.remove();
  }
  function place(part) {
    facts(part);
    const [table, old] = [part.querySelector("table"), box.querySelector("table")];
    const head = table?.tHead.innerHTML ?? "";
    if (!table || !old || head !== heads) box.replaceChildren(part);
    else swap(old.tBodies[0], table.tBodies[0]);
    heads = head;
    dress();
  }
  // Rows that are as they were stay, so that neither focus nor selection is lost.
  function swap(body, fresh) {
    const focused = document.activeElement, row = focused?.closest?.("#runs tbody tr"), run = row?.dataset.run, at = row ? [...row.querySelectorAll("a, input")].indexOf(focused) : -1;
    const most = fresh.rows.length;
    [...fresh.rows].forEach((one, i) => {
      const before = body.rows[i], text = one.outerHTML;
      if (before && raw.get(before) === text) return;
      raw.set(one, text);
      before ? before.replaceWith(one) : body.append(one);
    });
    while (body.rows.length > most) body.lastElementChild.remove();
    dress();
    if (run && !document.contains(focused)) body.querySelector(`tr[data-run="${run}"]`)?.querySelectorAll("a, input")[at]?.focus();
  }
  function dress() {
    for (const head of box.querySelectorAll("th[data-name]")) {
      head.toggleAttribute("aria-sort", false);
      if (head.dataset.name === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    }
    for (const row of box.querySelectorAll("tbody tr[data-run]")) {
      if (!raw.has(row)) raw.set(row, row.outerHTML);
      if (row.querySelector(".tick")) continue;
      const name = row.querySelector("td.run a"), address = name.getAttribute("href");
      const tick = Object.assign(document.createElement("input"), { type: "checkbox", className: "tick", ariaLabel: `compare ${name.title}`, checked: ticks.has(address) });
      tick.addEventListener("change", () => { tick.checked ? ticks.add(address) : ticks.delete(address); lead(); });
      name.before(tick);
    }
    lead();
  }
  function lead() {
    const chosen = new URLSearchParams([...ticks].map((address) => ["run", new URLSearchParams(address.split("?")[1]).get("run")]));
    link.href = `/compare?${ticks.size ? chosen : query(["find", "sort", "down"])}`;
    link.textContent = ticks.size ? `Compare ${ticks.size}` : `Compare ${matching > 60 ? "the first 60" : "these"}`;
  }
  async function load() {
    const mine = ++latest, part = await Live.part(`/rows?${query(ALL)}`);
    if (part === null || mine !== latest) return;
    place(part);
    history.replaceState(null, "", query(ALL).size ? `/?${query(ALL)}` : "/");
  }
  const change = (more) => { Object.assign(state, { from: "0" }, more); load(); };
  const soon = Live.seldom(load, 200), later = Live.seldom(() => { if (!document.hidden) load(); }, PAUSE);

  filter.value = state.find ?? "";
  filter.addEventListener("input", () => { Object.assign(state, { from: "0", find: filter.value }); soon(); });
  group.addEventListener("change", () => change({ group: group.value }));
  box.addEventListener("click", ({ target }) => {
    const head = target.closest("th[data-name]");
    if (!head || !target.closest("button")) return;
    const { name } = head.dataset, again = state.sort === name;
    change(again && state.down ? { sort: "", down: "" } : { sort: name, down: again ? "1" : "" });
  });
  for (const [id, way] of [["before", -1], ["after", 1]]) document.getElementById(id).addEventListener("click", async () => {
    state.from = String(Math.max(0, Number(state.from) + way * size));
    await load();
    box.scrollIntoView({ block: "nearest" });
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    filter.focus();
  });
  document.addEventListener("visibilitychange", later);
  Live.hear(later);
  const first = document.createElement("template");
  first.innerHTML = box.innerHTML;
  box.replaceChildren();
  place(first.content);
}

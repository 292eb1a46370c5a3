"use strict";
// The table of runs: sorting, the filter, and the fold, which hide sections along with their rows.
{
  const table = document.getElementById("runs");
  const body = table.tBodies[0];
  const filter = document.getElementById("filter");
  const count = document.getElementById("count");
  const fold = document.getElementById("fold");
  const first = Number(fold.dataset.first);
  const rows = [...body.rows];
  const sectionOf = new Map(rows.map((row) => [row, document.getElementById(`run-${row.dataset.run}`)]));
  const told = (n) => n.toLocaleString("en");
  const { compare } = new Intl.Collator("en", { numeric: true });
  let unfolded = false;

  function show() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = [...body.rows].filter((row) => words.every((word) => row.dataset.find.includes(word)));
    const shown = new Set(unfolded ? matching : matching.slice(0, first));
    for (const row of rows) {
      const hidden = !shown.has(row);
      if (row.hidden !== hidden) row.hidden = hidden;
    }
    const open = new Set(matching.slice(0, first)); // sections of more would only lengthen the page
    for (const [row, section] of sectionOf) if (section.hidden === open.has(row)) section.hidden = !open.has(row);
    document.dispatchEvent(new CustomEvent("runs", { detail: matching }));
    fold.hidden = matching.length <= first;
    fold.textContent = unfolded ? `Show the first ${first} only` : `Show all ${told(matching.length)}`;
    fold.setAttribute("aria-expanded", String(unfolded));
    count.textContent = `${told(shown.size)} of ${told(rows.length)} runs shown` +
      (words.length && matching.length > shown.size ? `, ${told(matching.length)} match` : "");
  }
  function goTo() {
    const section = document.getElementById(location.hash.slice(1));
    const fold = section?.querySelector("details.fold");
    if (!fold) return;
    section.hidden = false;
    fold.open = true;
    section.scrollIntoView();
  }
  function sortBy(head) {
    const column = [...head.parentNode.children].indexOf(head);
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.children[column].dataset.order;
    const numeric = (value) => value !== "" && !isNaN(value);
    const sorted = [...body.rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      const order = numeric(x) && numeric(y) ? x - y : compare(x, y);
      return down ? -order : order;
    });
    body.append(...sorted);
    show();
  }

  document.querySelector(".tools").hidden = rows.length < 2;
  filter.addEventListener("input", show);
  fold.addEventListener("click", () => {
    unfolded = !unfolded;
    show();
  });
  for (const button of table.querySelectorAll("th button")) {
    button.addEventListener("click", () => sortBy(button.closest("th")));
  }
  addEventListener("hashchange", goTo);
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("a[href^='#run-']");
    if (link && link.hash === location.hash) goTo(); // once more to where one has been
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    filter.focus();
  });
  show();
  goTo();
}

"use strict";
// Long names, such as runs', shortened so that what tells them apart stays.
const Names = (() => {
  const MOST = 40; // letters
  const LEAST = 4; // letters that are alike, from which leaving them out is worth a sign for it
  const NEAR = 8; // letters before the first that differs
  const WORD = /[^\p{L}\p{N}.]/u; // ends one; a point rather stands in a number

  function alike(names) {
    let n = 0;
    while (names.every((name) => n < name.length && name[n] === names[0][n])) n++;
    return n;
  }
  // The same up to the end of a word.
  function begin(names) {
    let n = alike(names);
    while (n && !WORD.test(names[0][n - 1])) n--;
    return n < LEAST ? 0 : n;
  }
  const back = (name) => [...name].reverse().join("");
  const middle = (text, most) => text.length <= most ? text : `${text.slice(0, Math.ceil((most - 1) / 2))}…${text.slice(text.length - Math.floor((most - 1) / 2))}`;

  // What each of some names is called where there is room for so many letters; no two alike.
  function short(given, most = MOST) {
    const called = new Map([...new Set(given)].map((name) => [name, name]));
    const long = [...called.keys()].filter((name) => 2 * name.length > most); // others have no part in how these begin
    if (long.every((name) => name.length <= most)) return called;
    const several = long.length > 1, from = several ? begin(long) : 0, rest = long.map((name) => name.slice(from));
    const end = several && rest.some((name) => name.length >= most) ? begin(rest.map(back)) : 0;
    const groups = Map.groupBy(long, (name) => middle(`${from ? "…" : ""}${name.slice(from, name.length - end)}${end ? "…" : ""}`, most));
    for (const [text, members] of groups) {
      if (members.length === 1) { called.set(members[0], text); continue; }
      const at = Math.max(0, alike(members) - NEAR); // the middle is what tells them apart
      const cuts = members.map((name) => Data.cut(`…${name.slice(at)}`, most)), apart = new Set(cuts).size === cuts.length;
      members.forEach((name, i) => called.set(name, apart ? cuts[i] : `${cuts[i].slice(0, most - 8)}… (${i + 1})`));
    }
    return called;
  }
  return { short };
})();

"use strict";
// Sections of runs that grow while they are looked at; a page without any is asked for anew.
{
  const PAUSE = 1000, PAGE_PAUSE = 4000; // milliseconds
  const shown = () => [...document.querySelectorAll("section.run:not([hidden])")];
  const due = new Set();

  async function renew(section) {
    const part = await Live.part(`/section?number=${section.id.slice(4)}`);
    if (part) Report.renew(section, part.firstElementChild);
  }
  const renewAll = Live.seldom(async () => {
    const sections = shown().filter(({ id }) => due.has(id));
    due.clear();
    for (const section of sections) await renew(section);
    if (sections.length) document.getElementById("filter")?.dispatchEvent(new Event("input"));
  }, PAUSE);
  const reload = Live.seldom(async () => {
    const whole = await Live.part(location.href), main = whole?.querySelector("main");
    if (main) document.querySelector("main").replaceWith(main);
  }, PAGE_PAUSE);

  Live.hear(({ numbers, more, changed }) => {
    if (!changed.length) return;
    for (const number of numbers) due.add(`run-${number}`);
    if (more) for (const { id } of shown()) due.add(id);
    shown().length ? renewAll() : reload();
  });
}

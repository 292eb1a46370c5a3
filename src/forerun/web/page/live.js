"use strict";
// Hears what changes, and says how things stand; who was cut off goes on by itself.
const Live = (() => {
  const AGAIN = 5000; // milliseconds after which a server that refused is asked once more
  const place = document.getElementById("live");
  const acts = [];
  const written = (n) => n.toLocaleString("en");
  const say = (text) => { if (place.textContent !== text) place.textContent = text; };

  function state({ version, runs, running, looked, unread, problem }) {
    if (problem) return `What is shown may be old: ${problem}.`;
    if (!version || unread) return unread ? `Reading: ${written(unread)} files to come.` : "Reading.";
    const on = running ? `Live: ${written(running)} of ${written(runs)} run${runs === 1 ? " goes" : "s go"} on.` : "No run goes on now; the page follows all the same.";
    return looked < runs ? `${on} Looked at ${written(looked)} so far, what is in sight first.` : on;
  }
  function listen() {
    const source = new EventSource("/api/events");
    source.onmessage = ({ data }) => {
      const news = JSON.parse(data);
      say(state(news));
      for (const act of acts) act(news);
    };
    source.onerror = () => {
      const refused = source.readyState === EventSource.CLOSED;
      say(refused ? "The server was started anew: open the link that it printed. What is shown is as it was." : "The server does not answer. What is shown is as it was.");
      if (refused) setTimeout(listen, AGAIN);
    };
  }
  // Calls at most once in a while, and once more after the last time it was asked to.
  function seldom(act, pause) {
    let waits = null, last = 0;
    return () => {
      if (waits !== null) return;
      waits = setTimeout(() => { waits = null; last = performance.now(); act(); }, Math.max(50, last + pause - performance.now()));
    };
  }
  async function part(address) {
    const answer = await fetch(address);
    if (!answer.ok) return null;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    return made.content;
  }
  listen();
  return { hear: (act) => acts.push(act), seldom, part, written };
})();

"use strict";
// What the training of a run may be told to do: shown, confirmed word for word, and what became of it.
{
  const { make } = Data;
  const PAUSE = 1000, LOOKS = 90; // milliseconds between two looks at what becomes of an order, and how many
  const box = document.getElementById("order"), number = Number(box.dataset.number);
  const GOES_ON = ["given", "taken"];
  let shown = "", looks = 0;

  const clock = (at) => new Date(1000 * at).toLocaleTimeString();
  const fact = (name, text) => [make("dt", { textContent: name }), make("dd", { textContent: text })];
  const button = (textContent, onclick, more = {}) => make("button", { type: "button", textContent, onclick, ...more });
  const where = ({ pid, host }) => `process ${pid} on ${host}`;

  async function state() {
    const response = await fetch(`/api/order?number=${number}`);
    return response.ok ? response.json() : null;
  }
  async function load() {
    const now = await state();
    if (now) show(now);
    if (looks-- > 0) setTimeout(load, PAUSE);
  }
  async function ask(action) {
    const now = await state(), offer = now?.offers?.find((one) => one.action === action);
    offer ? confirm(now, offer) : load();
  }
  function show({ process, told, offers, why, how }) {
    const now = JSON.stringify([told, offers, process?.pid, process?.dry, why]);
    if (now === shown) return;
    shown = now;
    const head = make("h2", { textContent: "Orders" });
    const parts = process
      ? [make("p", { textContent: `The training takes orders: ${where(process)}${process.dry ? ". It is dry: it notes an order and does nothing" : ""}.` }), make("div", { className: "controls" }, ...offers.map((offer) => button(`${named(offer)} …`, () => ask(offer.action))))]
      : [make("p", { className: "quiet", textContent: `Nothing can be done to it from here: ${why}.` }),
        make("details", {}, make("summary", { textContent: "How to let it take orders" }), make("p", { textContent: "Watch it in its loop, naming what it may be told, and serve the store that it writes to; without dry=False it only notes what it is told." }), make("pre", { textContent: how, tabIndex: 0 }))];
    const list = make("ul", {}, ...told.map(({ at, action, outcome, why, by }) => make("li", { textContent: `${clock(at)}: ${action} ${outcome}${why ? `: ${why}` : ""} (by ${by})` })));
    box.replaceChildren(head, ...parts, make("div", { attributes: { role: "status" } }, ...(told.length ? [list] : [])));
    box.hidden = false;
    if (!told.some(({ outcome }) => GOES_ON.includes(outcome))) looks = 0;
  }
  const named = ({ action, reasons }) => `${action[0].toUpperCase()}${action.slice(1)}${reasons ? ", as advised" : ""}`;

  // What will happen, to which process, why, and what undoes it; nothing is told before the words are there.
  function confirm({ run, process, holds_s }, offer) {
    const typed = make("input", { type: "text", autocomplete: "off", spellcheck: false });
    const amount = offer.unit ? make("input", { type: "number", value: offer.amount ?? "", min: offer.low, max: offer.high, step: "any" }) : null;
    const failed = make("p", { className: "failed", attributes: { role: "alert" } });
    const give = button("Give the order", send, { disabled: true }), ready = () => { give.disabled = typed.value.trim() !== offer.confirm || (amount && !amount.checkValidity()) || amount?.value === ""; };
    const title = make("h2", { id: "order-title", textContent: `${named(offer)}: ${Data.cut(run, 80)}` });
    const facts = make("dl", {}, ...fact("Does", `${offer.does}${process.dry ? " (dry: it is noted and not done)" : ""}`), ...fact("To whom", `${where(process)}, heard of ${Math.round(process.silent_s)} s ago`),
      ...fact("Why", offer.reasons?.join("; ") ?? "you ask for it; it is not what is advised"), ...fact("Undo", offer.undo), ...fact("Holds", `taken when the training next logs, for ${Math.round(holds_s / 60)} minutes`));
    const dialog = make("dialog", { className: "order", attributes: { "aria-labelledby": "order-title" } }, title, facts,
      ...(amount ? [make("p", {}, make("label", {}, `${offer.unit[0].toUpperCase()}${offer.unit.slice(1)} (${offer.low} to ${offer.high}) `, amount))] : []),
      make("p", {}, make("label", {}, "Type ", make("b", { textContent: offer.confirm }), " to confirm ", typed)), failed, make("div", { className: "controls" }, give, button("Cancel", () => dialog.close())));
    async function send() {
      give.disabled = true;
      const response = await fetch("/api/order", { method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ number, action: offer.action, amount: amount ? Number(amount.value) : null, confirm: typed.value.trim() }) });
      if (response.ok) dialog.close();
      else failed.textContent = `Not given: ${(await response.json()).error?.message ?? response.statusText}.`;
      looks = LOOKS;
      load();
    }
    for (const input of [typed, amount]) input?.addEventListener("input", ready);
    typed.addEventListener("keydown", ({ key }) => { if (key === "Enter" && !give.disabled) send(); });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    typed.focus();
  }
  Live.hear(({ numbers, more }) => { if (more || numbers.includes(number)) load(); });
  load();
}

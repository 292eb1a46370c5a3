"use strict";
// Knots over a chart: dragged by pointer or finger, stepped by keys.
const Knots = (() => {
  const { make, number } = Data;

  // `knots` are {x, v}, the first and last at fixed places; `change(kind)` is called after each edit.
  function over(place, layer, { knots, limits, change }) {
    let u = null, buttons = [];
    const free = (i) => i > 0 && i < knots().length - 1;
    function set(i, x, v) {
      const all = knots(), { top, digits } = limits();
      if (free(i)) all[i].x = Math.round(Math.min(all[i + 1].x - 1, Math.max(all[i - 1].x + 1, x)));
      all[i].v = Number(Math.max(0, Math.min(10 * top, v)).toPrecision(digits));
      if (all[i].v < 1e-4 * top) all[i].v = 0;
    }
    function addAt(x, v) {
      const all = knots(), next = all.findIndex((one) => one.x > x);
      if (next < 1 || all[next].x - all[next - 1].x < 2) return;
      all.splice(next, 0, { x: 0, v: 0 });
      set(next, x, v);
      change("add");
      buttons[next].focus();
    }
    function addAfter(i) {
      const all = knots(), [a, b] = i < all.length - 1 ? [all[i], all[i + 1]] : [all[i - 1], all[i]];
      addAt(Math.round((a.x + b.x) / 2), (a.v + b.v) / 2);
    }
    function remove(i) {
      if (!free(i)) return;
      knots().splice(i, 1);
      change("remove");
      buttons[Math.min(i, buttons.length - 1)].focus();
    }
    function key(i, event) {
      const { span, top } = limits(), one = knots()[i], pace = event.shiftKey ? 0.1 : 1;
      const moves = { ArrowLeft: [-0.01, 0], ArrowRight: [0.01, 0], ArrowUp: [0, 0.02], ArrowDown: [0, -0.02] };
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in moves) {
        const [across, up] = moves[event.key];
        set(i, one.x + Math.sign(across) * Math.max(1, Math.round(Math.abs(across) * pace * span)), one.v + up * pace * top);
        change("key");
      } else if (event.key === "Insert" || event.key === "+") addAfter(i);
      else if (event.key === "Delete" || event.key === "Backspace") remove(i);
      else return;
      event.preventDefault();
    }
    function drag(i, event) {
      const button = buttons[i], box = u.over.getBoundingClientRect();
      button.setPointerCapture(event.pointerId);
      event.preventDefault();
      button.focus();
      button.onpointermove = (move) => { set(i, u.posToVal(move.clientX - box.left, "x"), u.posToVal(move.clientY - box.top, "y")); change("drag"); };
      button.onpointerup = button.onpointercancel = () => { button.onpointermove = null; change("drop"); };
    }
    const named = (one, i) => `knot ${i + 1} of ${knots().length}: step ${one.x.toLocaleString("en")}, rate ${number(one.v, 4)}`;
    // A button a knot, where the chart has it.
    function put() {
      const all = knots();
      while (buttons.length > all.length) buttons.pop().remove();
      while (buttons.length < all.length) {
        const i = buttons.length, button = make("button", { type: "button", className: "knot" });
        button.addEventListener("keydown", (event) => key(i, event));
        button.addEventListener("pointerdown", (event) => drag(i, event));
        layer.append(button);
        buttons.push(button);
      }
      const { min, max } = u.scales.x;
      if (!Data.finite(min)) return; // not drawn yet; what is hidden for a moment loses the focus
      const box = u.over.getBoundingClientRect(), frame = layer.parentElement.getBoundingClientRect();
      all.forEach((one, i) => {
        const x = box.left - frame.left + u.valToPos(one.x, "x"), y = box.top - frame.top + u.valToPos(one.v, "y");
        buttons[i].setAttribute("aria-label", named(one, i));
        buttons[i].style.left = `${x}px`;
        buttons[i].style.top = `${y}px`;
        buttons[i].hidden = one.x < min || one.x > max;
      });
    }
    // The chart was drawn anew.
    function follow(plot) {
      u = plot;
      u.over.addEventListener("dblclick", (event) => { event.stopImmediatePropagation(); addAt(Math.round(u.posToVal(event.offsetX, "x")), u.posToVal(event.offsetY, "y")); }, { capture: true });
      (u.hooks.setScale ??= []).push(() => requestAnimationFrame(put));
      put();
    }
    return { follow, put, addAfter, remove };
  }
  return { over };
})();

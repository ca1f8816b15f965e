// A box drawn over the durations, or a stretch over the bars, becomes what is searched for. There are links for it too.
"use strict";

(() => {
  let drag = null;

  // The column and row that the pointer is over; rows count from the top.
  function place(plot, event) {
    const box = plot.getBoundingClientRect(), { width, height } = plot.viewBox.baseVal;
    const at = (share, count) => Math.min(Math.max(Math.floor(share * count), 0), count - 1);
    return [at((event.clientX - box.left) / box.width, width), plot.dataset.rows ? at((event.clientY - box.top) / box.height, height) : null];
  }

  function show({ plot, from, to }) {
    const rows = plot.dataset.rows ? [from[1], to[1]] : [0, plot.viewBox.baseVal.height - 1];
    const [x, y, right, bottom] = [Math.min(from[0], to[0]), Math.min(...rows), Math.max(from[0], to[0]), Math.max(...rows)];
    const size = { x, y, width: right - x + 1, height: bottom - y + 1 };
    for (const name in size) plot.querySelector(".box").setAttribute(name, size[name]);
    return { x, y, right, bottom };
  }

  function search({ x, y, right, bottom }, plot) {
    const params = new URLSearchParams(plot.closest("[data-base]").dataset.base), times = plot.dataset.times.split(" ");
    const wanted = { start: times[x], end: times[right + 1] };
    const rows = plot.dataset.rows?.split(" ").reverse();
    if (rows) [wanted.min_duration, wanted.max_duration] = [rows[bottom].split(":")[0], rows[y].split(":")[1]];
    for (const name in wanted) params.set(name, wanted[name]);
    htmx.ajax("GET", `?${params}`, { source: plot, target: "#search" });
  }

  document.addEventListener("pointerdown", (event) => {
    const plot = event.target.closest("#overview [data-times]");
    if (!plot || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    plot.setPointerCapture(event.pointerId);
    drag = { plot, from: place(plot, event), to: place(plot, event), full: event.target !== plot };
  });
  document.addEventListener("pointermove", (event) => { if (drag) show(Object.assign(drag, { to: place(drag.plot, event) })); });
  document.addEventListener("pointerup", () => {
    // A click where there is nothing asks for nothing.
    if (drag && (drag.full || String(drag.from) !== String(drag.to))) search(show(drag), drag.plot);
    drag = null;
  });
  for (const end of ["pointercancel", "keydown"]) document.addEventListener(end, () => { drag?.plot.querySelector(".box").setAttribute("width", 0); drag = null; });
})();

// What a server can't do for a waterfall: follow the scroll bar, drag, keys. Every request it makes is one that a link
// on the page could make; without it the links do.
"use strict";

(() => {
  const ROW_PX = 24, EDGE_ROWS = 12, MOST_ROWS = 300, PATIENCE_MS = 300, POLL_MS = 10_000, POLLS = 30;
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const rows = () => [...document.querySelectorAll("#rows .row")];
  const placeOf = (row) => Number(row.id.slice(1));
  const clamp = (number, least, most) => Math.min(Math.max(number, least), most);

  // Widths that the reader chose, set before anything is drawn.
  function setWidth(name, px) {
    root.style.setProperty(`--${name}-width`, `${px}px`);
    try { localStorage.setItem(`width.${name}`, px); } catch { /* private window */ }
  }
  for (const name of ["name", "panel"]) {
    let px = null;
    try { px = localStorage.getItem(`width.${name}`); } catch { /* private window */ }
    if (Number(px) > 0) root.style.setProperty(`--${name}-width`, `${px}px`);
  }

  // Where we are: numbers of visible rows, some of which are drawn.
  function drawn() {
    const { first, count, total, above } = byId("rows").dataset;
    return { first: Number(first), count: Number(count), total: Number(total), above: Number(above) };
  }
  const stickyPx = () => document.querySelector(".sticky").getBoundingClientRect().bottom;

  /** The number of the visible row that lies right below the ruler, drawn or not. */
  function topRow() {
    const { first, count, total, above } = drawn(), box = byId("rows").getBoundingClientRect();
    const y = Math.max(stickyPx() - box.top, 0), blockPx = count * ROW_PX, belowPx = box.height - above - blockPx;
    if (y < above) return first * y / above;
    if (y <= above + blockPx || belowPx < 1) return first + (y - above) / ROW_PX;
    return first + count + (total - first - count) * (y - above - blockPx) / belowPx;
  }
  const rowNumbered = (number) => document.querySelector(`#rows [aria-rowindex="${number + 1}"]`);
  const topElement = () => rows().find((row) => row.getBoundingClientRect().bottom > stickyPx() + 1);

  /** The page's address with some parameters changed; of the drawing that is on the screen. */
  function address(changes) {
    const params = new URLSearchParams(location.search);
    params.set("v", byId("news").dataset.stamp);
    for (const [name, value] of Object.entries(changes)) value === null ? params.delete(name) : params.set(name, value);
    return `${location.pathname}?${params}`;
  }
  function ask(changes, target = "#waterfall", swap = "outerHTML", source = "#waterfall") {
    return htmx.ajax("GET", address(changes), { source, target, swap }).catch(() => {});
  }

  // Scrolling: the next block of rows before the last one ends. One request at a time; a slow one is given up for the next.
  let busySince = -PATIENCE_MS, commands = 0, goal = null, quiet = 0, later = 0;
  function followScroll() {
    if (!byId("rows")?.dataset.total) return;
    drawViewport();
    const { first, count, total } = drawn(), seen = Math.ceil((innerHeight - stickyPx()) / ROW_PX), top = Math.floor(topRow());
    const lacking = (first > 0 && top < first + EDGE_ROWS) || (first + count < total && top + seen > first + count - EDGE_ROWS);
    const more = Math.max(count, rowsWanted(seen));
    const start = clamp(top - Math.max(Math.floor((more - seen) / 2), 0), 0, Math.max(total - more, 0));
    if (lacking && (start !== first || (more > count && count < total))) drawFrom(start);
    clearTimeout(quiet);
    quiet = setTimeout(rememberPlace, 300);
  }
  // What the server draws unasked is enough for most screens.
  const rowsWanted = (seen = Math.ceil(innerHeight / ROW_PX)) => Math.min(2 * (seen + EDGE_ROWS), MOST_ROWS);
  async function drawFrom(start) {
    clearTimeout(later);
    if (commands) return; // its answer brings the rows of another place
    const restMs = busySince + PATIENCE_MS - performance.now();
    if (restMs > 0) return void (later = setTimeout(followScroll, restMs));
    busySince = performance.now();
    await ask({ row: start, rows: rowsWanted(), from: null }, "#rows");
    busySince = -PATIENCE_MS;
  }
  function rememberPlace() {
    const row = topElement();
    if (!row || byId("rows").getBoundingClientRect().top > stickyPx() - ROW_PX) return;
    history.replaceState(history.state, "", `#${row.id}`);
  }
  function drawViewport() {
    const top = topElement(), mark = document.querySelector("#minimap .viewport"), last = Number(byId("waterfall").dataset.last);
    if (!top || !last) return;
    const bottom = rows().findLast((row) => row.getBoundingClientRect().top < innerHeight) ?? top;
    const y = 60 * placeOf(top) / (last + 1), height = 60 * (placeOf(bottom) + 1) / (last + 1) - y;
    mark.setAttribute("y", y);
    mark.setAttribute("height", height > 59 ? 0 : Math.max(height, 2));
  }

  // A swap leaves what one looks at where it is, unless one wants to be elsewhere: `goal` finds the row.
  let anchor = null;
  function beforeSwap(target) {
    if (target.id !== "rows" && target.id !== "waterfall") return;
    const focused = document.activeElement?.closest?.("#rows .row"), row = focused ?? topElement(), top = topRow();
    anchor = { id: row?.id, y: row?.getBoundingClientRect().top, focused: focused?.id, top, scrolled: target.id === "rows" };
  }
  function afterSwap() {
    if (!anchor) return;
    const { id, y, focused, top, scrolled } = anchor, same = id && byId(id), brought = document.querySelector("#rows [autofocus]");
    const wanted = goal?.(), numbered = rowNumbered(Math.floor(top));
    anchor = goal = null;
    if (wanted) wanted.scrollIntoView({ block: "start" });
    else if (brought) focusRow(brought.closest(".row"), "center");
    else if (same && y > 0 && y < innerHeight) scrollBy(0, same.getBoundingClientRect().top - y);
    else if (scrolled && numbered) scrollBy(0, numbered.getBoundingClientRect().top + (top % 1) * ROW_PX - stickyPx());
    if (wanted?.dataset.focus || (focused && !brought)) focusRow(wanted ?? byId(focused), null);
    setTimeout(followScroll);
  }

  // Keys.
  const linkOf = (row) => row?.querySelector(".what") ?? row?.querySelector("a");
  function focusRow(row, block = "nearest") {
    const link = linkOf(row);
    if (!link) return;
    link.focus({ preventScroll: true });
    if (block) row.scrollIntoView({ block });
  }
  function move(from, by) {
    const { total } = drawn(), number = Number(from.getAttribute("aria-rowindex")) - 1 + by;
    const row = by > 0 ? from.nextElementSibling : from.previousElementSibling;
    if (row) focusRow(row);
    else if (number >= 0 && number < total) toRow(number, Math.max(number - 60, 0));
  }
  function toRow(number, start = number) {
    if (rowNumbered(number)) return focusRow(rowNumbered(number));
    goal = () => rowNumbered(number);
    drawFrom(start);
  }
  function parentOf(row) {
    const level = Number(row.getAttribute("aria-level"));
    let above = row.previousElementSibling;
    while (above && Number(above.getAttribute("aria-level")) >= level) above = above.previousElementSibling;
    return above;
  }
  function fold(row, expanded) {
    if (row.getAttribute("aria-expanded") === String(!expanded)) row.querySelector(".caret").click();
    else if (!expanded) "repeat" in row.dataset ? ask({ toggle: row.dataset.spanId }) : focusRow(parentOf(row));
    else move(row, 1);
  }
  // Where the pace of time changes, as pairs: in nanoseconds of the drawing, and in time.
  function scaleOf(picture) {
    const { extent } = byId("waterfall").dataset, corners = picture?.dataset.scale ?? `0,0 ${extent},${extent}`;
    return corners.split(" ").map((pair) => pair.split(",").map(Number));
  }
  function along(scale, known, wanted, value) {
    const next = scale.findIndex((pair, number) => number && (pair[known] >= value || number === scale.length - 1));
    const from = scale[next - 1], to = scale[next];
    return from[wanted] + (value - from[known]) * (to[wanted] - from[wanted]) / (to[known] - from[known] || 1);
  }
  function zoom(factor, shift = 0) {
    const { t0, t1 } = byId("waterfall").dataset, scale = scaleOf(byId("minimap")), extent = scale.at(-1)[0];
    const from = along(scale, 1, 0, Number(t0)), to = along(scale, 1, 0, Number(t1)), length = (to - from) * factor;
    const start = clamp((from + to) / 2 - length / 2 + shift * length, 0, Math.max(extent - length, 0));
    zoomTo(along(scale, 0, 1, start), along(scale, 0, 1, start + length));
  }
  function zoomTo(start, end) {
    const extent = Number(byId("waterfall").dataset.extent), whole = start <= 0 && end >= extent;
    if (end - start < 1) return;
    ask({ t0: whole ? null : Math.max(Math.floor(start), 0), t1: whole ? null : Math.min(Math.ceil(end), extent) });
  }
  const ANYWHERE = {
    j: (row) => row ? move(row, 1) : focusRow(topElement()), k: (row) => row ? move(row, -1) : focusRow(topElement()),
    e: (row) => byId("next-error") && ask({ error: row ? placeOf(row) + 1 : placeOf(topElement()) }),
    n: (row) => byId("next-match") && ask({ match: row ? placeOf(row) + 1 : placeOf(topElement()) }),
    p: (row) => byId("prior-match") && ask({ prior: placeOf(row ?? topElement()) }),
    f: () => byId("within")?.select(), c: () => byId("path")?.click(),
    g: () => byId("next-gap")?.click(), r: () => byId("repeats")?.click(),
    z: (row) => row && ask({ fit: row.dataset.spanId }), s: (row) => row && ask({ into: row.dataset.spanId }),
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: () => byId("zoom-reset")?.click(),
    a: () => zoom(1, -0.5), d: () => zoom(1, 0.5),
    "[": () => document.querySelector("[data-key='[']")?.click(), "]": () => document.querySelector("[data-key=']']")?.click(),
    "?": () => document.querySelector(".keys").toggleAttribute("open"),
  };
  const IN_ROWS = {
    ArrowDown: (row) => move(row, 1), ArrowUp: (row) => move(row, -1),
    ArrowRight: (row) => fold(row, true), ArrowLeft: (row) => fold(row, false),
    Home: () => toRow(0), End: () => toRow(drawn().total - 1),
  };
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, .grip")) return;
    const row = event.target.closest("#rows .row"), act = (row && IN_ROWS[event.key]) ?? ANYWHERE[event.key];
    if (!act || !byId("waterfall")) return;
    event.preventDefault();
    act(row);
  }

  // Dragging: a stretch of time on minimap and ruler, widths on the grips.
  function onPointer(event) {
    const grip = event.target.closest(".grip"), picture = event.target.closest("#minimap, #ruler");
    if (event.button || !(grip || picture)) return;
    event.preventDefault();
    grip ? dragWidth(event, grip) : dragTime(event, picture);
  }
  function drag(event, moved, done) {
    const pointer = event.target;
    pointer.setPointerCapture(event.pointerId);
    pointer.addEventListener("pointermove", moved);
    pointer.addEventListener("lostpointercapture", (end) => {
      pointer.removeEventListener("pointermove", moved);
      done(end);
    }, { once: true });
  }
  const widthOf = (grip) => (grip.dataset.width === "panel" ? byId("panel") : grip.parentElement).getBoundingClientRect().width;
  function resize(grip, px) {
    setWidth(grip.dataset.width, Math.round(clamp(px, 160, innerWidth * 0.7)));
    tellWidths();
  }
  function tellWidths() {
    for (const grip of document.querySelectorAll(".grip")) {
      const widths = { now: widthOf(grip), min: 160, max: innerWidth * 0.7 };
      for (const [name, px] of Object.entries(widths)) grip.setAttribute(`aria-value${name}`, Math.round(px));
    }
  }
  function dragWidth(event, grip) {
    const began = widthOf(grip), sign = grip.dataset.width === "panel" ? -1 : 1;
    drag(event, (now) => resize(grip, began + sign * (now.clientX - event.clientX)), () => {});
  }
  function dragTime(event, picture) {
    const box = picture.getBoundingClientRect(), scale = scaleOf(picture), from = scale[0][0], to = scale.at(-1)[0];
    const at = (x) => along(scale, 0, 1, from + (to - from) * clamp((x - box.left) / box.width, 0, 1));
    const shade = document.body.appendChild(Object.assign(document.createElement("div"), { className: "shade" }));
    let x = event.clientX;
    drag(event, (now) => {
      x = clamp(now.clientX, box.left, box.right);
      Object.assign(shade.style, { left: `${Math.min(x, event.clientX)}px`, width: `${Math.abs(x - event.clientX)}px`,
        top: `${box.top}px`, height: `${box.height}px` });
    }, () => {
      shade.remove();
      if (Math.abs(x - event.clientX) > 3) zoomTo(...[at(x), at(event.clientX)].sort((one, other) => one - other));
      else if (picture.id === "minimap") jump((event.clientY - box.top) / box.height);
    });
  }
  function jump(share) {
    const place = Math.floor(share * byId("waterfall").dataset.last);
    goal = () => rows().findLast((row) => placeOf(row) <= place);
    ask({ top: place, from: null });
  }

  // What the address says to show, after the page was loaded or a page of the history came back.
  function showPlace() {
    const brought = document.querySelector("#rows [autofocus]")?.closest(".row"), hash = location.hash.slice(1);
    if (brought) focusRow(brought, "center");
    // A row of a tall screen, which asked for more of them.
    else if (/^r\d+$/.test(hash) && !byId(hash)) {
      goal = () => byId(hash);
      return ask({ at: hash.slice(1), rows: rowsWanted(), from: null }, "#rows");
    }
    else if (!location.hash && drawn().first) scrollBy(0, document.querySelector(".chart").getBoundingClientRect().top - stickyPx());
    followScroll();
    tellWidths();
  }
  function offerFit() {
    const open = document.querySelector("#panel [data-open-span]")?.dataset.openSpan;
    for (const link of document.querySelectorAll("#fit, #into")) Object.assign(link, { hidden: !open, href: link.dataset.query + open });
  }

  document.addEventListener("DOMContentLoaded", () => {
    let polls = 0, frame = 0;
    addEventListener("scroll", () => { cancelAnimationFrame(frame); frame = requestAnimationFrame(followScroll); }, { passive: true });
    addEventListener("resize", followScroll);
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPointer);
    document.addEventListener("keydown", (event) => {
      const grip = event.target.closest(".grip"), by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
      if (grip && by) resize(grip, widthOf(grip) + (grip.dataset.width === "panel" ? -by : by));
    });
    document.addEventListener("htmx:configRequest", ({ detail }) => {
      if (["fit", "into"].includes(detail.elt.id)) detail.path = detail.elt.getAttribute("href");
      const top = detail.target?.id === "waterfall" && !/[?&](top|error|match|prior|into|gap)=/.test(detail.path) && !("match" in detail.parameters) && topElement();
      if (top && drawn().first + topRow() > 0) detail.parameters.top = placeOf(top);
    });
    document.addEventListener("htmx:beforeRequest", ({ detail }) => { commands += detail.target?.id === "waterfall"; });
    document.addEventListener("htmx:afterRequest", ({ detail }) => { commands -= detail.target?.id === "waterfall"; });
    document.addEventListener("htmx:beforeSwap", ({ detail }) => beforeSwap(detail.target));
    document.addEventListener("htmx:afterSwap", ({ detail }) => {
      if (detail.target?.id === "panel") offerFit();
      // Rows that were drawn before the critical path was known.
      else if (detail.target?.id === "analysis") drawFrom(drawn().first);
      else afterSwap();
      tellWidths();
    });
    document.addEventListener("htmx:historyRestore", showPlace);
    const poll = setInterval(() => {
      if (document.hidden || byId("news")?.textContent.trim()) return;
      if (++polls > POLLS) return clearInterval(poll);
      ask({}, "#news", "outerHTML", "#news");
    }, POLL_MS);
    showPlace();
  });
})();

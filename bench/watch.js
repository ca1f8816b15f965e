// A function that runs in a page before the page's own scripts. In: what its rows look like. Out: window.bench,
// whose moments are milliseconds since the navigation began.
//
// A message posted while a frame is made is delivered when the page's thread has laid it out and painted it.
(selectors) => {
  const GIVE_UP_MS = 60_000;
  const bench = (window.bench = { rows: null, settled: 0 });
  const frame = () => new Promise(requestAnimationFrame);
  const painted = () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      port2.postMessage(null);
    });

  // When the first frame in which it holds began.
  async function frameWhere(condition) {
    const begun = performance.now();
    for (;;) {
      await frame();
      if (condition()) return performance.now();
      if (performance.now() - begun > GIVE_UP_MS) throw new Error(`no rows after ${GIVE_UP_MS} ms`);
    }
  }

  const firstPaint = new Promise((resolve) =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntriesByName("first-contentful-paint")) resolve(entry.startTime);
    }).observe({ type: "paint", buffered: true }));

  // Rows are content: if nothing was on the screen before their frame, it was the first contentful paint.
  async function rowsPainted() {
    const began = await frameWhere(() => document.querySelector(selectors.row));
    const at = await painted();
    const first = await firstPaint;
    return first >= began ? first : at;
  }

  const rowsOfTrace = () => document.querySelectorAll(selectors.span);

  function scrollerOf(element) {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(at).overflowY) && at.scrollHeight > at.clientHeight) return at;
    }
    return document.scrollingElement;
  }

  // The span whose row is seen in the middle of what scrolls.
  function spanInTheMiddle() {
    const [first] = rowsOfTrace();
    if (!first) return null;
    const scroller = scrollerOf(first);
    const box = scroller.getBoundingClientRect();
    const whole = scroller === document.scrollingElement;
    const top = whole ? 0 : Math.max(box.top, 0);
    const bottom = whole ? innerHeight : Math.min(box.bottom, innerHeight);
    const x = first.getBoundingClientRect().left + 40;
    return document.elementFromPoint(x, (top + bottom) / 2)?.closest("[data-span-id]")?.dataset.spanId ?? null;
  }

  // Whether room is kept for rows that aren't there, so that scrolling brings them.
  function isVirtual(scroller, rows) {
    const drawn = rows[rows.length - 1].getBoundingClientRect().bottom - rows[0].getBoundingClientRect().top;
    return scroller.scrollHeight - scroller.clientHeight > 1.5 * drawn;
  }

  function move(share) {
    const rows = rowsOfTrace();
    if (!rows.length) return "";
    const scroller = scrollerOf(rows[0]);
    if (isVirtual(scroller, rows)) {
      scroller.scrollTo({ top: share * (scroller.scrollHeight - scroller.clientHeight), behavior: "instant" });
      return "scrolled";
    }
    const link = document.querySelector(selectors.next);
    link?.click();
    return link ? "followed the link to the next rows" : "";
  }

  // Goes to a share of the trace, where one can scroll there, else to the rows that come next.
  // Out: how, and the milliseconds until other rows are drawn in the middle; an empty `how` when there are none.
  bench.jump = async (share) => {
    const before = spanInTheMiddle();
    const begun = performance.now();
    const how = move(share);
    if (!how) return { how, ms: 0 };
    await frameWhere(() => ![null, before].includes(spanInTheMiddle()));
    return { how, ms: (await painted()) - begun };
  };

  // The icon of the tab is asked for when all else is there, and is no part of the page.
  bench.result = () => {
    const [navigation] = performance.getEntriesByType("navigation");
    const icon = document.querySelector("link[rel~=icon]")?.href;
    const arrived = performance.getEntriesByType("resource").filter((entry) => entry.name !== icon);
    return {
      rows_ms: bench.rows,
      complete_ms: Math.max(bench.rows, bench.settled, ...arrived.map((entry) => entry.responseEnd)),
      server_ms: navigation.responseStart - navigation.requestStart,
      elements: document.querySelectorAll("*").length,
    };
  };

  rowsPainted().then((at) => (bench.rows = at));
  new MutationObserver(() => frame().then(painted).then((at) => (bench.settled = at)))
    .observe(document, { childList: true, characterData: true, subtree: true });
}

// What a server can't do: know the reader's time zone, and mark the row whose span htmx just put into the panel.
"use strict";

function showLocalTimes(root) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "local time";
  if (zone === "UTC") return;
  const two = (number, digits = 2) => String(number).padStart(digits, "0");
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    time.textContent = `${day} ${clock}.${two(at.getMilliseconds(), 3)}`;
    time.dataset.local = "";
  }
  for (const label of root.querySelectorAll(".zone")) label.textContent = zone;
}

function markOpenRow() {
  const open = document.querySelector("#panel [data-open-span]")?.dataset.openSpan;
  for (const row of document.querySelectorAll("#window [data-span-id]")) {
    if (row.dataset.spanId === open) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

showLocalTimes(document);
document.addEventListener("htmx:afterSwap", (event) => {
  showLocalTimes(document);
  if (event.detail.target?.id === "panel") markOpenRow();
});
document.addEventListener("htmx:historyRestore", () => showLocalTimes(document));
// A new tab is the browser's business.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) event.stopImmediatePropagation();
}, true);

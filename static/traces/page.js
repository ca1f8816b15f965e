// What a server can't do: know the reader's zone, copy, and answer a key. Everything here has a way without it.
"use strict";

const remembered = (name) => document.cookie.split("; ").find((kept) => kept.startsWith(`${name}=`))?.slice(name.length + 1);
const remember = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };
const say = (text) => { document.getElementById("said").textContent = text; };

// The server learns the reader's zone from a cookie. Until it has (a first visit, a journey), times are put right here.
// A browser takes as long to tell it as to draw some rows: it is asked when the page is painted, or asks for more.
let zone = "";
function showLocalTimes() {
  zone ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && remembered("zone") !== zone) remember("zone", zone);
  if (!zone || document.documentElement.dataset.zone === zone || remembered("utc") === "1") return;
  const two = (number, digits = 2) => String(number).padStart(digits, "0");
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
    time.textContent = `${day} ${clock}.${two(at.getMilliseconds(), 3)}`;
  }
  const ofHere = { textContent: zone, value: "1", disabled: false, title: "Show times in UTC" };
  for (const button of document.querySelectorAll(".zone")) Object.assign(button, ofHere);
}

// Without a script the form does the same, but loses the place on the page.
document.addEventListener("submit", (event) => {
  if (event.target.id !== "settings") return;
  event.preventDefault();
  const { name, value } = event.submitter;
  remember(name, value);
  if (name === "theme") showTheme();
  else location.reload();
});

function showTheme() {
  const theme = remembered("theme") ?? "system";
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[name=theme]")) button.ariaPressed = button.value === theme;
}

// A page out of the browser's history may be older than the last choice.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  showTheme();
  const shown = document.querySelector(".zone")?.textContent;
  if (shown && (shown === "UTC") !== (remembered("utc") === "1" || zone === "UTC")) location.reload();
});

// A button with data-copy copies its value, or without one what is at its address, or the text it stands beside.
const textAt = (url) => fetch(url).then((answer) => answer.ok ? answer.text() : null, () => null);
async function copy(button) {
  const beside = button.closest("dd, details")?.querySelector("[data-text]");
  const text = button.dataset.copyFrom ? await textAt(button.dataset.copyFrom) : button.dataset.copy || beside.textContent;
  const done = text !== null && await writeText(text);
  const why = text === null ? "the server doesn't give it" : "the browser doesn't allow it";
  say(done ? `${button.ariaLabel ?? "Copy"}: done` : `Not copied: ${why}`);
  if (!done) return;
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1500);
}

// Browsers offer the clipboard on https and localhost only; elsewhere the old way still works.
async function writeText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const area = document.body.appendChild(document.createElement("textarea"));
  const focused = document.activeElement;
  Object.assign(area, { className: "aside", value: text }).select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}

function narrow(input) {
  const wanted = input.value.toLowerCase(), lines = input.closest("details").querySelectorAll(".lines > div");
  for (const line of lines) line.hidden = !line.textContent.toLowerCase().includes(wanted);
}

const rowOf = (spanId) => document.querySelector(`#rows [data-span-id="${spanId}"]`);
const openSpan = () => document.querySelector("#panel [data-open-span]")?.dataset.openSpan;
let lastOpen = openSpan();

// The row of the open span is marked. Enter on it once more goes into the panel; closing the panel comes back to it.
function panelChanged(event) {
  const open = openSpan();
  for (const row of document.querySelectorAll("#rows [data-span-id][aria-current]")) row.removeAttribute("aria-current");
  for (const row of document.querySelectorAll(`#rows [data-span-id="${open}"]`)) row.setAttribute("aria-current", "true");
  const heading = document.querySelector("#panel h2");
  if (open !== lastOpen) {
    document.getElementById("panel").scrollTop = 0;
    // On a narrow screen the panel may have covered it.
    rowOf(open)?.scrollIntoView({ block: "nearest" });
    if (open) say(`Span ${heading.textContent} is open. Enter again goes there, Escape closes it.`);
    else if (lastOpen) rowOf(lastOpen)?.querySelector("a").focus();
  } else if (event.detail.requestConfig?.triggeringEvent?.detail === 0) heading?.focus();
  lastOpen = open;
}

const isTyping = (target) => target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const menu = document.querySelector(".menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "Escape" && !isTyping(event.target)) document.querySelector("#panel [data-close]")?.click();
  else if (event.key === "/" && !isTyping(event.target)) {
    event.preventDefault();
    document.querySelector(".find input, [role=search] input[name=q]")?.select();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target) || event.target.closest("button")) menu.open = false;
});
document.addEventListener("input", (event) => { if (event.target.matches("[data-narrow]")) narrow(event.target); });

// An error that answers what the page asked for by itself must not take away what one reads; the links to it stay.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt, triggeringEvent } = detail.requestConfig;
  if (detail.isError && triggeringEvent?.type !== "click" && elt.closest("#news, #findings, #analysis, #further, #downloads")) detail.shouldSwap = false;
});

new PerformanceObserver(showLocalTimes).observe({ type: "paint", buffered: true });
document.addEventListener("htmx:configRequest", showLocalTimes);
document.addEventListener("htmx:afterSwap", (event) => {
  showLocalTimes();
  if (event.detail.target?.id === "panel") panelChanged(event);
});
document.addEventListener("htmx:historyRestore", () => { showLocalTimes(); lastOpen = openSpan(); });
// A new tab is the browser's business.
document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) event.stopImmediatePropagation();
}, true);

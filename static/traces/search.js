// What the search page's server can't do: walk the rows by key, stay where the keyboard was, keep the list where counting it failed.
"use strict";

(() => {
  const WALKS = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

  function walk(step) {
    const links = [...document.querySelectorAll(".results .what a")];
    const at = links.indexOf(document.activeElement);
    links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    const step = WALKS[event.key];
    if (!step || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, summary")) return;
    // Arrows scroll, until one is in the rows.
    if (event.key.length > 1 && !event.target.closest(".results")) return;
    event.preventDefault();
    walk(step);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.closest("input, textarea, select, .menu")) document.getElementById("stop")?.click();
  });

  // A list that goes on by itself brings rows that are longer than all before: those shrink to the new scale.
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const shrinks = detail.fragment.dataset?.shrinks;
    if (!shrinks) return;
    for (const bar of detail.target.querySelectorAll(".share rect")) bar.setAttribute("width", `${parseFloat(bar.getAttribute("width")) * shrinks}%`);
  });

  // It asks for nothing while nobody sees it. Nor does a live list, which also moves nothing that somebody reads.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.detail.elt.id === "next") event.preventDefault();
    if (event.detail.elt.id !== "live-next") return;
    const table = document.getElementById("results");
    const isRead = table.getBoundingClientRect().top < 0 || table.contains(document.activeElement) || !getSelection().isCollapsed;
    document.getElementById("live").toggleAttribute("data-waits", isRead);
    if (isRead || document.hidden) event.preventDefault();
  });

  // The link that was followed is gone with what it did: the keyboard goes on in the same part of the page.
  let part = null;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id === "search") part = [".chips", ".side", "#overview"].find((one) => document.activeElement?.closest(one));
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (part && document.activeElement === document.body) (document.querySelector(part) ?? document.getElementById("q")).focus({ preventScroll: true });
    part = null;
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.requestConfig.elt.matches(".late") || !event.detail.isError) return;
    event.detail.shouldSwap = false;
    event.detail.requestConfig.elt.classList.add("failed");
  });
})();

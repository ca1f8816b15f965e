// Completion in the query bar: the server says what may stand at the caret, this walks through it by key. An empty box
// offers the last queries, which stay in this browser.
"use strict";

(() => {
  const box = () => document.getElementById("q");
  const list = () => document.getElementById("completions");
  const options = () => [...list().children];
  const past = () => { try { return JSON.parse(localStorage.getItem("queries")) ?? []; } catch { return []; } };

  function choose(at) {
    options().forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    box().setAttribute("aria-expanded", String(options().length > 0));
    box().setAttribute("aria-activedescendant", options()[at]?.id ?? "");
    options()[at]?.scrollIntoView({ block: "nearest" });
  }
  function close() { htmx.trigger(box(), "htmx:abort"); list().replaceChildren(); choose(-1); }
  function take({ dataset }) {
    Object.assign(box(), { value: dataset.text }).setSelectionRange(dataset.at, dataset.at);
    close();
    if ("goesOn" in dataset) htmx.trigger(box(), "taken");
  }
  function optionOf(text, place) {
    const option = Object.assign(document.createElement("span"), { id: `past-${place}`, role: "option", textContent: text });
    Object.assign(option.dataset, { text, at: text.length });
    return option;
  }
  function remember() {
    const query = new URLSearchParams(location.search).get("q")?.trim();
    try { if (query) localStorage.setItem("queries", JSON.stringify([query, ...past().filter((one) => one !== query)].slice(0, 20))); } catch { /* a browser that keeps nothing */ }
  }

  document.addEventListener("keydown", (event) => {
    if (event.target !== box() || !options().length) return;
    const at = options().findIndex((option) => option.ariaSelected === "true"), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose((at + step + options().length + (at < 0 && step < 0 ? 1 : 0)) % options().length);
    else if (["Enter", "Tab"].includes(event.key) && at >= 0) take(options()[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  for (const name of ["focusin", "click", "input"]) document.addEventListener(name, ({ target }) => {
    if (target !== box() || target.value) return;
    list().replaceChildren(...past().map(optionOf));
    choose(-1);
  });
  document.addEventListener("focusout", ({ target }) => { if (target === box()) close(); });
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("#completions > *");
    if (option) { event.preventDefault(); take(option); }
  });
  document.addEventListener("htmx:configRequest", ({ detail }) => { if (detail.elt === box()) detail.parameters.append("at", box().selectionStart); });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (detail.requestConfig.elt === box() && (detail.isError || !box().value)) detail.shouldSwap = false; });
  document.addEventListener("htmx:afterSwap", ({ detail }) => { if (detail.target === list()) choose(detail.requestConfig.triggeringEvent?.type === "taken" ? 0 : -1); });
  document.addEventListener("htmx:pushedIntoHistory", remember);
  remember();
})();

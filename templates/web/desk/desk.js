"use strict";
(() => {
  const stories = [...document.querySelectorAll("[data-story]")];
  const dialog = document.getElementById("keys");
  let at = -1;
  const go = n => {
    if (!stories.length) return;
    at = Math.max(0, Math.min(stories.length - 1, n));
    const fold = stories[at].closest("details");
    if (fold) fold.open = true;
    stories[at].focus();
  };
  const press = (where, key) => {
    const found = where && where.querySelector(`[data-key="${key}"]`);
    if (!found) return false;
    const button = found.matches("a") ? found : found.querySelector("button");
    button.click();
    return true;
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const current = event.target.closest("[data-story]") || stories[at];
    const key = event.key;
    if (key === "?") { dialog.showModal(); event.preventDefault(); return; }
    if (key === "j") { go(current ? stories.indexOf(current) + 1 : 0); return; }
    if (key === "k") { go(current ? stories.indexOf(current) - 1 : 0); return; }
    if ("lpdeb".includes(key) && press(current, key)) { event.preventDefault(); return; }
    if ("zvT".includes(key) && press(document, key)) { event.preventDefault(); return; }
    const to = { a: "#approve button, #approve a", s: "#subject-text" }[key];
    const field = to && document.querySelector(to);
    if (field) { field.focus(); event.preventDefault(); }
  });
  const pick = document.querySelector("form.pick:not(.lab)");
  if (pick) pick.querySelector("select").addEventListener("change", event => {
    const frame = document.querySelector("#preview iframe");
    frame.src = frame.src.replace(/typical=\d+/, "typical=" + event.target.value);
    document.getElementById("preview-head").textContent = "As " + event.target.selectedOptions[0].textContent;
  });
  const lab = document.querySelector("form.lab");
  if (lab) lab.addEventListener("change", event => { if (event.target.name !== "as") lab.requestSubmit(); });
})();

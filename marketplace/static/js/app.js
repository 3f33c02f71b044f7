/* The one script every page loads: it fetches a part's module only where the part stands.
   Every part works without it. */
const parts = [
  ["[data-menu], [data-filters]", "./menu.js"],
  ["[data-rank-list]", "./ranking.js"],
  ["[data-tiers]", "./tiers.js"],
  ["[data-counter]", "./counter.js"],
  ["form[data-confirm-leave]", "./confirm-leave.js"],
];

// Skipped to without "#main" in the address: forms would send it along, and where an address leads to a part
// the browser doesn't give the focus to the summary of a refused form.
document.querySelector(".skip-link")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});

const version = new URL(import.meta.url).search; // so that a part is never older than this script
for (const [selector, module] of parts) {
  if (document.querySelector(selector)) import(module + version).then((part) => part.start(document));
}

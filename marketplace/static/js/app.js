/* The one script every page loads: it fetches a part's module only where the part stands.
   Every part works without it. */
const parts = [
  ["[data-menu], [data-filters]", "./menu.js"],
  ["[data-rank-list]", "./ranking.js"],
  ["[data-tiers]", "./tiers.js"],
  ["[data-counter]", "./counter.js"],
  ["form[data-confirm-leave]", "./confirm-leave.js"],
];

const version = new URL(import.meta.url).search; // so that a part is never older than this script
for (const [selector, module] of parts) {
  if (document.querySelector(selector)) import(module + version).then((part) => part.start(document));
}

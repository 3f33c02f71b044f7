/* Tiers: choosing in an applicant's select, or dragging, puts the row under its tier at once.
   The selects are what the form posts, with or without a script. */
import { draggable, fill, glide } from "./drag.js";

export function start(root) {
  for (const editor of root.querySelectorAll("[data-tiers]")) enhance(editor);
}

function enhance(editor) {
  const status = document.getElementById(`${editor.id}-status`);
  const tiers = [...editor.querySelectorAll("[data-tier]")];
  const rows = () => [...editor.querySelectorAll(".applicant")];
  // inside a tier there is no order: rows keep the order the page came with
  const rank = new Map(rows().map((row, index) => [row, index]));
  const selectOf = (row) => row.querySelector("select");
  const tierOf = (value) => tiers.find((tier) => tier.dataset.tier === value);

  function count() {
    for (const tier of tiers) {
      const line = tier.querySelector("[data-count]");
      const n = tier.querySelectorAll(".applicant").length;
      line.textContent = n === 1 ? line.dataset.one : line.dataset.many.replace("{n}", n);
    }
  }

  function put(row, value) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    const list = tierOf(value).querySelector(".tier-list");
    const next = [...list.children].find((other) => other !== row && rank.get(other) > rank.get(row));
    selectOf(row).value = value;
    glide(rows(), () => list.insertBefore(row, next ?? null));
    count();
    focused?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    status.textContent = fill(status.dataset.moved, {
      name: row.dataset.name,
      tier: tierOf(value).querySelector("[data-name]").textContent,
    });
  }

  editor.addEventListener("change", (event) => {
    const row = event.target.closest(".applicant");
    if (row && event.target.matches("select")) put(row, event.target.value);
  });

  let target = null;
  const mark = (tier) => {
    for (const other of tiers) other.classList.toggle("tier-over", other === tier);
    target = tier;
  };
  draggable(editor, ".applicant", {
    over(row, x, y) {
      mark(document.elementsFromPoint(x, y).map((el) => el.closest("[data-tier]")).find(Boolean) ?? target);
    },
    done(row) {
      if (target && !target.contains(row)) put(row, target.dataset.tier);
      mark(null);
    },
    cancel: () => mark(null),
  });
  // after going back, a browser restores the selects but not where the rows stand
  for (const row of rows()) if (!tierOf(selectOf(row).value).contains(row)) put(row, selectOf(row).value);
  editor.dataset.ready = "";
}

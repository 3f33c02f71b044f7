/* Closes an open menu on Escape, on a click elsewhere and when the focus leaves it; opens the filter panel
   where there is room beside the list. The menus themselves are native <details>. */
const WIDE = "(width >= 60rem)";

function close(menu, { refocus }) {
  if (!menu.open) return;
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

export function start(root) {
  const menus = [...root.querySelectorAll("details[data-menu]")];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus) close(menu, { refocus: menu.contains(document.activeElement) });
  });
  document.addEventListener("pointerdown", (event) => {
    for (const menu of menus) if (!menu.contains(event.target)) close(menu, { refocus: false });
  });
  for (const menu of menus) {
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu, { refocus: false });
    });
  }
  const wide = window.matchMedia(WIDE);
  for (const panel of root.querySelectorAll("details[data-filters]")) {
    const wrong = panel.querySelector("[aria-invalid]") !== null;
    panel.open = wide.matches || wrong;
    panel.dataset.ready = "";
    wide.addEventListener("change", () => (panel.open = wide.matches || wrong));
  }
}

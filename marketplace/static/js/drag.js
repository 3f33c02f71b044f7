/* Dragging a row by its grip, with mouse, pen or finger. Knows nothing about rankings or tiers:
   ranking.js and tiers.js say what a position means. */
const EDGE = 60; // px from the window's edge where the page begins to scroll
const STEP = 12;

/* Listens on `document`: pointer capture is lost when the row moves in the document. */
export function draggable(container, rowSelector, { over, done, cancel }) {
  container.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    follow(grip.closest(rowSelector), event, { over, done, cancel });
  });
}

function follow(row, first, { over, done, cancel }) {
  let y = first.clientY;
  let x = first.clientX;
  let frame = requestAnimationFrame(scroll);
  row.classList.add("dragging");
  document.documentElement.classList.add("drag-on");

  function scroll() {
    const speed = y < EDGE ? -STEP : y > window.innerHeight - EDGE ? STEP : 0;
    if (speed) {
      window.scrollBy(0, speed);
      over(row, x, y);
    }
    frame = requestAnimationFrame(scroll);
  }
  function move(event) {
    if (event.pointerId !== first.pointerId) return;
    x = event.clientX;
    y = event.clientY;
    over(row, x, y);
  }
  function end(event) {
    if (event.type === "keydown" && event.key !== "Escape") return;
    if (event.type !== "keydown" && event.pointerId !== first.pointerId) return;
    cancelAnimationFrame(frame);
    document.removeEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel", "keydown"]) document.removeEventListener(type, end);
    row.classList.remove("dragging");
    document.documentElement.classList.remove("drag-on");
    (event.type === "pointerup" ? done : cancel)(row);
  }
  document.addEventListener("pointermove", move);
  for (const type of ["pointerup", "pointercancel", "keydown"]) document.addEventListener(type, end);
}

/* Lets rows glide to where they now stand, so that the eye can follow. */
export function glide(rows, change) {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return change();
  const before = new Map(rows.map((row) => [row, row.getBoundingClientRect().top]));
  change();
  for (const [row, top] of before) {
    const shift = top - row.getBoundingClientRect().top;
    if (shift && row.isConnected && !row.classList.contains("dragging")) {
      row.animate([{ translate: `0 ${shift}px` }, { translate: "0 0" }], { duration: 140, easing: "ease-out" });
    }
  }
}

export function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

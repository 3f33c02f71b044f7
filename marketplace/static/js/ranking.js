/* The ranking: arrows, number fields, dragging and removing change the order on the page at once.
   Nothing is sent until the reader saves: then the ordinary form posts the order it would post without a script. */
import { draggable, fill, glide } from "./drag.js";

export function start(root) {
  for (const list of root.querySelectorAll("[data-rank-list]")) enhance(list);
}

function enhance(list) {
  const status = document.getElementById(`${list.id}-status`);
  const rows = () => [...list.children];
  const say = (kind, row) => {
    status.textContent = fill(status.dataset[kind], {
      title: row.dataset.title,
      position: rows().indexOf(row) + 1,
      total: rows().length,
    });
  };

  function renumber() {
    const all = rows();
    all.forEach((row, index) => {
      const number = row.querySelector(".rank-number");
      number.value = index + 1;
      number.max = all.length;
      row.querySelector('[value^="up:"]').setAttribute("aria-disabled", String(index === 0));
      row.querySelector('[value^="down:"]').setAttribute("aria-disabled", String(index === all.length - 1));
    });
  }

  /* Moving a row in the document takes the focus from the control inside it: give it back. */
  function place(row, index) {
    const focused = row.contains(document.activeElement) ? document.activeElement : null;
    const others = rows().filter((other) => other !== row);
    glide(rows(), () => list.insertBefore(row, others[index] ?? null));
    renumber();
    focused?.focus({ preventScroll: true });
  }

  function moveTo(row, wanted) {
    const from = rows().indexOf(row);
    const index = Math.min(Math.max(wanted, 0), rows().length - 1);
    if (index === from) {
      renumber();
      if (wanted !== from) say(wanted < from ? "edgeTop" : "edgeBottom", row);
      return;
    }
    place(row, index);
    row.scrollIntoView({ block: "nearest" });
    say("moved", row);
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="move"], button[name="remove"]');
    if (!button) return;
    event.preventDefault();
    const row = button.closest(".rank");
    if (button.name === "remove") return remove(row);
    moveTo(row, rows().indexOf(row) + (button.value.startsWith("up:") ? -1 : 1));
  });

  const typed = (input) => {
    const row = input.closest(".rank");
    const number = Number.parseInt(input.value, 10);
    moveTo(row, Number.isNaN(number) ? rows().indexOf(row) : number - 1);
  };
  list.addEventListener("change", (event) => {
    if (event.target.matches(".rank-number")) typed(event.target);
  });
  list.addEventListener("keydown", (event) => {
    if (!event.target.matches(".rank-number")) return;
    const row = event.target.closest(".rank");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) moveTo(row, rows().indexOf(row) + step);
    else if (event.key === "Enter") typed(event.target);
    else return;
    event.preventDefault();
  });

  function remove(row) {
    const index = rows().indexOf(row);
    const bar = undoBar(list, row, () => {
      list.insertBefore(row, rows()[index] ?? null);
      renumber();
      bar.remove();
      row.querySelector('[name="remove"]').focus();
      say("restored", row);
    });
    row.remove();
    renumber();
    bar.querySelector("button").focus();
    say("removed", row);
  }

  let order = null; // the order before a drag, so that Escape can bring it back
  draggable(list, ".rank", {
    over(row, _x, y) {
      order ??= rows();
      const others = rows().filter((other) => other !== row);
      const next = others.findIndex((other) => y < middle(other));
      const index = next < 0 ? others.length : next;
      if (index !== rows().indexOf(row)) place(row, index);
    },
    done(row) {
      if (order && order.indexOf(row) !== rows().indexOf(row)) say("moved", row);
      order = null;
    },
    cancel() {
      if (order) list.append(...order);
      order = null;
      renumber();
    },
  });
  renumber();
  list.dataset.ready = ""; // from here on the arrows no longer post the form
}

function middle(row) {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
}

function undoBar(list, row, undo) {
  document.getElementById(`${list.id}-undo`)?.remove();
  const bar = document.createElement("div");
  bar.className = "rank-undo";
  bar.id = `${list.id}-undo`;
  const text = document.createElement("span");
  text.textContent = fill(list.dataset.gone, { title: row.dataset.title });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = list.dataset.undo;
  button.addEventListener("click", undo);
  bar.append(text, button);
  list.after(bar);
  return bar;
}

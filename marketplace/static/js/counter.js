/* Counts the characters left in a textarea. The words come from the page, so that they are translated. */
const PAUSE = 600; // a screen reader hears the count when typing pauses, not at every key

export function start(root) {
  for (const area of root.querySelectorAll("textarea[data-counter]")) watch(area);
}

function watch(area) {
  const line = document.getElementById(area.dataset.counterFor);
  const most = Number(area.dataset.counter);
  const spoken = document.createElement("span");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  line.after(spoken);
  let timer;
  const show = () => {
    // the server counts a line break as two characters, as the form sends it
    const left = most - area.value.replace(/\n/g, "\r\n").length;
    line.textContent = (left < 0 ? line.dataset.over : line.dataset.left).replace("{n}", Math.abs(left));
    line.classList.toggle("over", left < 0);
  };
  area.addEventListener("input", () => {
    show();
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = line.textContent), PAUSE);
  });
  show();
}

/* Warns before leaving a form with changes that aren't saved. The browser words the warning. */
export function start(root) {
  for (const form of root.querySelectorAll("form[data-confirm-leave]")) guard(form);
}

function guard(form) {
  const state = () => JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrf_token"));
  const saved = state();
  let leaving = false;
  form.addEventListener("submit", () => (leaving = true));
  window.addEventListener("pageshow", () => (leaving = false));
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && state() !== saved) event.preventDefault();
  });
}

/*
  The editor of a template: a press on a variable puts it where the cursor was; the frame shows the message again, and
  the lint what to look at, a moment after the last key. Without script the button "Show" does the same.
*/

import { ask } from "./connection.js";
import { previewer } from "./preview.js";

const preview = document.querySelector("[data-preview]");

if (preview) {
  const form = preview.form;
  let target = form.elements.body;

  const lint = document.querySelector("[data-lint]");
  let asked = 0;

  const post = () =>
    fetch(lint.dataset.lint, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Requested-With": "fetch" },
      signal: AbortSignal.timeout(10000),
      redirect: "manual",
    });

  // The lint is asked first: its answer also tells whether the frame would be filled.
  const look = async () => {
    const number = ++asked;
    try {
      const found = await ask(post);
      // An answer to older words must not replace a newer one.
      if (found?.answer.ok && number === asked && form.elements.body) {
        lint.innerHTML = found.text;
      }
      return found ? "" : "out";
    } catch {
      return "lost";
    }
  };

  const show = previewer(preview, look);

  preview.addEventListener("click", (event) => {
    event.preventDefault();
    show();
  });

  for (const name of ["subject", "body"]) {
    form.elements[name]?.addEventListener("focus", (event) => {
      target = event.target;
    });
  }

  form.addEventListener("click", (event) => {
    const variable = event.target.closest("[data-variable]")?.dataset.variable;
    if (variable && target) {
      target.setRangeText(variable, target.selectionStart, target.selectionEnd, "end");
      target.focus();
      target.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-previews]")) {
      show();
    } else if (["subject", "body", "kind", "language", "is_maintenance", "status", "guidance"].includes(event.target.name)) {
      show(600);
    }
  });

  if (form.elements.body) {
    show();
  }
}

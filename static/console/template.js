/*
  The editor of a template: a press on a variable puts it where the cursor was; the frame shows the message again, and
  the lint what to look at, a moment after the last key. Without script the button "Show" does the same.
*/

const preview = document.querySelector("[data-preview]");

if (preview) {
  const form = preview.form;
  let target = form.elements.body;
  let pending = 0;

  const lint = document.querySelector("[data-lint]");
  let asked = 0;

  const look = async () => {
    const number = ++asked;
    const answer = await fetch(lint.dataset.lint, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Requested-With": "fetch" },
      redirect: "error",
    });
    const text = answer.ok ? await answer.text() : "";
    // An answer to older words must not replace a newer one.
    if (text && number === asked) {
      lint.innerHTML = text;
    }
  };

  const show = () => {
    clearTimeout(pending);
    form.requestSubmit(preview);
    if (lint && form.elements.body) {
      look().catch(() => {});
    }
  };

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
      clearTimeout(pending);
      pending = setTimeout(show, 600);
    }
  });

  if (form.elements.body) {
    show();
  }
}

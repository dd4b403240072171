/*
  The editor of a template: a press on a variable puts it where the cursor was; the frame shows the message again a
  moment after the last key. Without script the button "Show" does the same.
*/

const preview = document.querySelector("[data-preview]");

if (preview) {
  const form = preview.form;
  let target = form.elements.body;
  let pending = 0;

  const show = () => {
    clearTimeout(pending);
    form.requestSubmit(preview);
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
    } else if (["subject", "body", "kind", "language", "is_maintenance"].includes(event.target.name)) {
      clearTimeout(pending);
      pending = setTimeout(show, 600);
    }
  });

  if (form.elements.body) {
    show();
  }
}

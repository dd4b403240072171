/*
  The frame on the compose page shows the words as they are typed, a moment after the last key. Without script the
  button "Show" does the same.
*/

import { previewer } from "./preview.js";

const shower = document.querySelector("[data-compose] [data-preview]");

if (shower) {
  const form = shower.form;
  const show = previewer(shower, () => {
    const question = new CustomEvent("draft:standing", { detail: {} });
    form.dispatchEvent(question);
    return question.detail.answer;
  });

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-previews]")) {
      show();
    } else if (!["confirm", "short_gap", "template", "kind"].includes(event.target.name)) {
      show(700);
    }
  });

  shower.hidden = true;
}

/*
  Django's search fields (select2) draw a box of their own that has no name for a screen reader: give it the label of
  the field it stands for, on each page and in each row that is added later. Its day and time are two boxes under one
  name: each gets the name and what it holds.
*/

function nameOf(select) {
  const label = select.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  const column = select.closest("td")?.cellIndex;
  const head = column === undefined ? null : select.closest("table")?.tHead?.rows[0]?.cells[column];
  return (label ?? head)?.textContent.trim().replace(/:$/, "");
}

function nameMoment(box) {
  const whole = box.closest("fieldset, .flex-container, .form-row, td");
  const name = whole?.querySelector("legend, label")?.textContent.trim().replace(/:$/, "") ?? "";
  box.setAttribute("aria-label", `${name}, ${box.matches(".vDateField") ? "date" : "time"}`);
}

function nameSearch(box) {
  box.setAttribute("aria-label", box.form?.querySelector("[type=submit]")?.value || "Search");
}

function nameAll() {
  document.querySelectorAll("#searchbar:not([aria-label])").forEach(nameSearch);
  document.querySelectorAll(".datetime input:is(.vDateField, .vTimeField):not([aria-label])").forEach(nameMoment);
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const box = select.nextElementSibling?.querySelector(".select2-selection");
    const name = nameOf(select);
    if (box && name && !box.hasAttribute("aria-label")) {
      box.setAttribute("aria-label", name);
      box.removeAttribute("aria-labelledby");
      box.querySelector("[role=textbox]")?.setAttribute("aria-label", name);
    }
  }
}

nameAll();
new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });

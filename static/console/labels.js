/*
  Django's search fields (select2) draw a box of their own that has no name for a screen reader: give it the label of
  the field it stands for, on each page and in each row that is added later. Its day and time are two boxes under one
  name: each gets the name and what it holds. The cells of its lists get the names of their columns.
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

/* The lists of the admin become cards on a phone, as our own tables do: each cell names its column. */
function nameCells() {
  const list = document.querySelector("#result_list:not([data-cards])");
  if (!list?.tHead) return;
  list.dataset.cards = "";
  const names = [...list.tHead.rows[0].cells].map((head) => (head.querySelector(".text") ?? head).textContent.trim());
  for (const row of list.tBodies[0]?.rows ?? []) {
    for (const cell of row.cells) {
      if (cell.tagName !== "TD" || cell.matches(".action-checkbox") || !names[cell.cellIndex]) continue;
      cell.dataset.label = names[cell.cellIndex];
      if (!cell.firstElementChild && cell.textContent.trim() === "-") cell.dataset.blank = "";
    }
  }
}

function nameAll() {
  nameCells();
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

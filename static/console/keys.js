/*
  Keys: an element with data-key="s" is pressed (or focused, for a field) by that key; "?" shows the list of keys.
  Nothing happens while somebody types, or with a modifier held. WCAG 2.1.4: the list has a switch that turns keys off.
*/

const STORE = "crisisdesk.keys";
const dialog = document.getElementById("keys");
const off = dialog?.querySelector("[data-keys-off]");

function enabled() {
  return localStorage.getItem(STORE) !== "off";
}

if (off) {
  off.checked = !enabled();
  off.addEventListener("change", () => localStorage.setItem(STORE, off.checked ? "off" : "on"));
}

function typing(target) {
  return target.isContentEditable || target.matches("input, textarea, select");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) {
    return;
  }
  if (event.key === "?" && dialog) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  if (!enabled() || document.querySelector("dialog[open]")) {
    return;
  }
  const target = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === event.key);
  if (!target) {
    return;
  }
  event.preventDefault();
  if (target.matches("input, textarea, select")) {
    target.focus();
  } else {
    target.click();
  }
});

for (const opener of document.querySelectorAll("[data-open-keys]")) {
  opener.hidden = !dialog;
  opener.addEventListener("click", () => dialog.showModal());
}

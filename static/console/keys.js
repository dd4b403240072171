/*
  Keys: an element with data-key="s" is pressed by that key; a field gets the focus, a folded section opens and its first
  field gets it. "?" shows the keys that work at this moment, read from the page itself, so the list can't differ from
  it. Nothing happens while somebody types, or with a modifier held; Escape leaves a field. WCAG 2.1.4: the list has a
  switch that turns keys off.
*/

const STORE = "crisisdesk.keys";
const FIELDS = "input:not([type=hidden]), textarea, select";
const PRESSED = "input[type=checkbox], input[type=radio], input[type=submit], input[type=button]";
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
  return target.isContentEditable || (target.matches(FIELDS) && !target.matches(PRESSED));
}

/* What has a key and can be pressed now, in the order of the page. */
function working() {
  return [...document.querySelectorAll("[data-key]")].filter((one) => !one.disabled && !one.closest("[hidden]"));
}

function label(element) {
  if (element.dataset.keyLabel) {
    return element.dataset.keyLabel;
  }
  const words = (element.labels?.[0] ?? element.querySelector("[data-key-label]") ?? element).cloneNode(true);
  for (const aside of words.querySelectorAll("kbd, .soft, .what-next")) {
    aside.remove();
  }
  return words.textContent.trim().replace(/\s+/g, " ");
}

function show() {
  const lines = working().map((element) => {
    const line = dialog.querySelector("template").content.cloneNode(true);
    line.querySelector("kbd").textContent = element.dataset.key;
    line.querySelector("dd").textContent = label(element);
    return line;
  });
  dialog.querySelector("[data-keys]").replaceChildren(...lines);
  dialog.showModal();
}

function press(target) {
  if (target.matches("summary, fieldset")) {
    const section = target.closest("details, fieldset");
    section.open = true;
    (section.querySelector("input:checked") ?? section.querySelector(FIELDS) ?? target).focus();
  } else if (typing(target)) {
    target.focus();
  } else {
    target.focus();
    target.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) {
    return;
  }
  const isOpen = document.querySelector("dialog[open]");
  if (typing(event.target)) {
    if (event.key === "Escape" && !isOpen) {
      event.target.blur();
    }
    return;
  }
  if (event.key === "?" && dialog && !isOpen) {
    event.preventDefault();
    show();
    return;
  }
  if (!enabled() || isOpen) {
    return;
  }
  const target = working().find((element) => element.dataset.key === event.key);
  if (target) {
    event.preventDefault();
    press(target);
  }
});

for (const opener of document.querySelectorAll("[data-open-keys]")) {
  opener.hidden = !dialog;
  opener.addEventListener("click", show);
}

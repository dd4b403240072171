/*
  A copy of what is typed stays in this browser until the desk has kept it, so that neither a lost connection nor a
  closed window loses a word. Found again at the next visit, it is offered, never put in by itself. One copy for each
  person and incident; after two days it goes.
*/

const form = document.querySelector("[data-compose]");
const leftOver = document.querySelector("[data-left-over]");
const notice = document.getElementById("local-copy");
const OLDEST = 2 * 24 * 3600 * 1000;
const ASIDE = ["csrfmiddlewaretoken", "version", "key", "draft", "confirm", "short_gap", "way", "read_in", "kind"];
const key = `crisisdesk.draft.${(form ?? leftOver)?.dataset.copyKey}`;

function typed() {
  const values = [...new FormData(form)].filter(([name]) => !ASIDE.includes(name) && !/template|emergency/.test(name));
  return Object.fromEntries(values);
}

function stored() {
  try {
    const copy = JSON.parse(localStorage.getItem(key));
    if (copy && Date.now() - copy.at < OLDEST) {
      return copy;
    }
  } catch {
    // Unreadable: as good as none.
  }
  localStorage.removeItem(key);
  return null;
}

function offer(copy) {
  notice.querySelector("[data-when]").textContent = new Date(copy.at).toLocaleTimeString([], { hourCycle: "h23" });
  notice.querySelector("[data-words]").textContent = [copy.values.subject, copy.values.was_wrong, copy.values.body]
    .filter(Boolean)
    .join("\n\n");
  notice.hidden = false;
  notice.querySelector("[data-drop]").addEventListener("click", () => {
    localStorage.removeItem(key);
    notice.hidden = true;
  });
}

function bring(copy) {
  for (const [name, value] of Object.entries(copy.values)) {
    const field = form.elements[name];
    if (field) {
      field.value = value;
    }
  }
  notice.hidden = true;
  form.elements.body.focus();
  form.elements.body.dispatchEvent(new Event("input", { bubbles: true }));
}

if (form) {
  const copy = stored();
  const shown = typed();
  if (copy && Object.entries(copy.values).some(([name, value]) => name in shown && shown[name] !== value)) {
    offer(copy);
    notice.querySelector("[data-bring]").addEventListener("click", () => bring(copy));
  } else {
    localStorage.removeItem(key);
  }
  form.addEventListener("draft:unkept", () => {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: typed() }));
  });
  form.addEventListener("draft:kept", () => {
    if (notice.hidden) {
      localStorage.removeItem(key);
    }
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "discard") {
      localStorage.removeItem(key);
    }
  });
} else if (leftOver) {
  const copy = stored();
  if (copy) {
    offer(copy);
  }
}

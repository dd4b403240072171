/*
  What is typed into a form of the console's own pages (a note, a reason, a finding) stays in this tab until the desk
  has it: neither a lost connection nor a session that ended loses a word. Before a form leaves, the desk is asked
  whether it is there and whether one is signed in; if not, the page stays and says so. What was typed and never sent is
  back when the page is opened again in the same tab, for two hours. (The compose page keeps drafts by itself.)
*/

import { isSignedOut, renewToken, tell } from "./connection.js";

const TYPED = "textarea, input[type=text], input[type=url]";
const OLDEST = 2 * 3600 * 1000;
const { person, ping } = document.getElementById("connection")?.dataset ?? {};

function keyOf(form) {
  return `crisisdesk.typed.${person}.${new URL(form.action, location.href).pathname}`;
}

function fieldsOf(form) {
  return [...form.querySelectorAll(TYPED)].filter((field) => field.name);
}

function stored(form) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(form)));
    if (kept && Date.now() - kept.at < OLDEST) {
      return kept.values;
    }
  } catch {
    // Unreadable: as good as none.
  }
  sessionStorage.removeItem(keyOf(form));
  return {};
}

function keep(form) {
  const changed = fieldsOf(form).filter((field) => field.value !== field.defaultValue);
  if (changed.length) {
    const values = Object.fromEntries(changed.map((field) => [field.name, field.value]));
    sessionStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values }));
  } else {
    sessionStorage.removeItem(keyOf(form));
  }
}

/* Only into fields that nothing else stands in: what the server brings back after a refusal is newer. */
function bringBack(form) {
  const values = stored(form);
  for (const field of fieldsOf(form)) {
    if (field.name in values && field.value === field.defaultValue && !field.defaultValue) {
      field.value = values[field.name];
      field.closest("details")?.setAttribute("open", "");
    }
  }
}

/* "there", "out" (nobody is signed in) or "lost" (nobody answers). */
async function ask() {
  const how = { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(8000) };
  try {
    const answer = await fetch(ping, how);
    return isSignedOut(answer) ? "out" : "there";
  } catch {
    return "lost";
  }
}

function watch(form) {
  let asking = false;
  let passing = false;
  let wasOut = false;

  form.addEventListener("input", () => keep(form));
  form.addEventListener("submit", async (event) => {
    if (passing || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    if (asking) {
      return;
    }
    asking = true;
    const answer = await ask();
    if (answer !== "there") {
      wasOut = answer === "out";
      keep(form);
      tell(answer === "out" ? "out" : "unsent");
      asking = false;
      return;
    }
    if (wasOut) {
      await renewToken().catch(() => false);
    }
    tell("");
    sessionStorage.removeItem(keyOf(form));
    passing = true;
    form.requestSubmit(event.submitter);
    asking = false;
  });
  window.addEventListener("pageshow", () => {
    passing = false;
  });
  bringBack(form);
}

if (person) {
  for (const form of document.querySelectorAll(".desk form[method=post]:not([data-compose])")) {
    if (fieldsOf(form).length && !form.querySelector("input[type=file], input[type=password]")) {
      watch(form);
    }
  }
}

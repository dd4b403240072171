/*
  The compose page. What is typed is kept as the draft a moment after the last key; the answer brings the lint beside
  it. Before anything leaves, what was typed is kept once more: so a lost connection is met here, with the text still on
  the page, and not on an error page of the browser. Every ten seconds the page says that it is open, and hears who else
  writes and what they changed. Without script the button "Keep and preview" keeps, and a save that meets another is
  refused with both texts.

  When the session has ended, nothing is sent and nothing is lost either: after signing in in another window one goes on
  here, with the token of the new session.

  Other scripts of the page hear "draft:kept" and "draft:unkept" on the form. Before they send its token they ask by
  "draft:standing" and await `detail.answer`: "" when the desk takes it, "out" when nobody is signed in, "lost" when
  nobody answers.
*/

import { ask } from "./connection.js";

const form = document.querySelector("[data-compose]");
const ASIDE = ["aside", "confirm", "short_gap", "template", "emergency_template", "emergency_reason", "way", "read_in"];
const HERE_SECONDS = 10;

if (form) {
  const state = document.getElementById("draft-state");
  let pending = 0;
  let running = null;
  let dirty = false;
  let typed = false;
  let leaving = false;
  let passing = null;

  const say = (name) => {
    if (state) {
      state.textContent = state.dataset[name];
    }
  };

  const post = (action, more = {}) => {
    const body = new FormData(form);
    for (const [name, value] of Object.entries({ action, ...more })) {
      body.set(name, value);
    }
    // That the page is still open is no act of its reader.
    const headers = { "X-Requested-With": "fetch", ...(action === "here" && { "X-By-Itself": "1" }) };
    const signal = AbortSignal.timeout(10000);
    return fetch(location.href, { method: "POST", body, headers, signal, redirect: "manual" });
  };

  // A refusal of the page's own comes in its parts; any other is about the token.
  const asked = (action, more) => ask(() => post(action, more), (text) => text.includes("data-part"));

  const place = (text) => {
    const parts = document.createElement("template");
    parts.innerHTML = text;
    for (const part of parts.content.querySelectorAll("[data-part]")) {
      const target = document.getElementById(part.dataset.part);
      if (target && !target.contains(document.activeElement) && target.dataset.seen !== part.innerHTML) {
        target.dataset.seen = part.innerHTML;
        target.replaceChildren(...part.childNodes);
      }
    }
    return parts.content;
  };

  const unkept = (why) => {
    dirty = true;
    form.dispatchEvent(new CustomEvent("draft:unkept"));
    say(why);
    return why;
  };

  /* "kept", "refused" (somebody else was quicker, or it may not be), "out" (signed out) or "lost" (nobody answered). */
  const keepOnce = async () => {
    dirty = false;
    try {
      const found = await asked("autosave");
      if (!found) {
        return unkept("out");
      }
      const version = place(found.text).querySelector("[data-version]");
      if (found.answer.ok && version) {
        form.elements.version.value = version.dataset.version;
        form.dispatchEvent(new CustomEvent("draft:kept"));
        say("kept");
        return "kept";
      }
      return unkept("refused");
    } catch {
      return unkept("lost");
    }
  };

  /* One at a time: the next one must name the version that this one makes. */
  const keep = () => {
    clearTimeout(pending);
    running ??= (async () => {
      let result = await keepOnce();
      while (dirty && result === "kept") {
        result = await keepOnce();
      }
      running = null;
      return result;
    })();
    return running;
  };

  form.addEventListener("input", (event) => {
    const chosen = event.target.dataset.chooses;
    if (chosen) {
      form.querySelector(`[name="preset"][value="${chosen}"]`).checked = true;
    }
    if (ASIDE.includes(event.target.name)) {
      return;
    }
    dirty = typed = true;
    form.dispatchEvent(new CustomEvent("draft:unkept"));
    say("waiting");
    clearTimeout(pending);
    pending = setTimeout(keep, 700);
  });

  // Another kind of message is another page: keep what is typed and go there.
  // Whoever walks through the kinds by arrow keys presses "Change" when there.
  let byKey = false;
  form.elements.kind.addEventListener("keydown", () => (byKey = true));
  form.elements.kind.addEventListener("pointerdown", () => (byKey = false));
  form.elements.kind.addEventListener("change", () => {
    if (!byKey) {
      form.requestSubmit(form.querySelector('[data-change="kind"]'));
    }
  });

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button?.matches("[data-preview]")) {
      return;
    }
    if (passing && passing === button) {
      passing = null;
      return;
    }
    if (leaving) {
      // A second press while the first is on its way.
      event.preventDefault();
      return;
    }
    clearTimeout(pending);
    if (button?.name === "over") {
      leaving = true;
      return;
    }
    event.preventDefault();
    leaving = true;
    const result = await keep();
    if (result === "kept") {
      passing = button;
      form.requestSubmit(button);
      return;
    }
    leaving = false;
    if (result === "lost") {
      say("unsent");
    }
  });

  const standing = async () => {
    if (dirty || running) {
      const result = await keep();
      return ["out", "lost"].includes(result) ? result : "";
    }
    try {
      return (await asked("here", { typing: "no" })) ? "" : "out";
    } catch {
      return "lost";
    }
  };

  form.addEventListener("draft:standing", (event) => {
    event.detail.answer = standing();
  });

  const here = async () => {
    if (!running && !leaving) {
      try {
        const found = await asked("here", { typing: typed ? "yes" : "no" });
        typed = false;
        // What was asked before a save finished compares with an older text.
        if (found && !running && (found.answer.ok || found.answer.status === 409)) {
          place(found.text);
        }
        if (found && dirty) {
          keep();
        }
      } catch {
        say("lost");
      }
    }
    setTimeout(here, HERE_SECONDS * 1000 * (document.hidden ? 6 : 1));
  };
  here();

  window.addEventListener("online", () => dirty && keep());
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
}

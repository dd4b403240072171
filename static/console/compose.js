/*
  The compose page. What is typed is kept as the draft a moment after the last key; the answer brings the preview's
  lint and text, and the frame shows the mail again. Without script the button "Save and preview" does the same.
*/

const form = document.querySelector("[data-compose]");

if (form) {
  const state = document.getElementById("draft-state");
  let pending = 0;
  let running = false;
  let again = false;
  let afterwards = null;

  const say = (name) => {
    if (state) {
      state.textContent = state.dataset[name];
    }
  };

  const keep = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    const body = new FormData(form);
    body.set("action", "autosave");
    try {
      const answer = await fetch(location.href, {
        method: "POST",
        body,
        headers: { "X-Requested-With": "fetch" },
        signal: AbortSignal.timeout(10000),
      });
      const parts = document.createElement("template");
      parts.innerHTML = await answer.text();
      for (const part of parts.content.querySelectorAll("[data-part]")) {
        const target = document.getElementById(part.dataset.part);
        if (target && !target.contains(document.activeElement)) {
          target.replaceChildren(...part.childNodes);
        }
      }
      const version = parts.content.querySelector("[data-version]");
      if (version) {
        form.elements.version.value = version.dataset.version;
      }
      say(answer.ok ? "kept" : "refused");
    } catch {
      say("lost");
    }
    running = false;
    if (afterwards) {
      form.requestSubmit(afterwards);
    } else if (again) {
      again = false;
      keep();
    }
  };

  form.addEventListener("input", (event) => {
    const chosen = event.target.dataset.chooses;
    if (chosen) {
      form.querySelector(`[name="preset"][value="${chosen}"]`).checked = true;
    }
    if (["confirm", "short_gap", "template", "way", "read_in"].includes(event.target.name)) {
      return;
    }
    say("waiting");
    clearTimeout(pending);
    pending = setTimeout(keep, 700);
  });

  // Another kind of message is another page: keep what is typed and go there.
  form.elements.kind.addEventListener("change", () => {
    clearTimeout(pending);
    form.requestSubmit(form.querySelector('[data-change="kind"]'));
  });

  // A second press of the button while the first is on its way would only meet a refusal.
  form.addEventListener("submit", (event) => {
    if (event.submitter?.matches("[data-preview]")) {
      return;
    }
    clearTimeout(pending);
    if (running) {
      // The draft on its way has the version that this press must name: wait for it.
      event.preventDefault();
      again = false;
      afterwards = event.submitter;
      return;
    }
    setTimeout(() => {
      for (const button of form.querySelectorAll('button[name="action"]')) {
        button.disabled = true;
      }
    });
  });

  window.addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll('button[name="action"]')) {
      button.disabled = false;
    }
  });
}

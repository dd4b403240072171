/*
  Keeps parts of a page fresh: each [data-live="<address>"] is fetched again every `data-every` seconds (default 5) and
  replaced when it changed. A part in which somebody types is left alone. When the server does not answer, a notice
  says so and since when; it goes away by itself. A tab in the background asks six times less often.
*/

const notice = document.getElementById("connection");
const waiting = new Map();
let failures = 0;
let lastAnswer = new Date();

function tell() {
  if (!notice) {
    return;
  }
  const lost = failures >= 2;
  if (lost) {
    notice.querySelector("[data-since]").textContent = lastAnswer.toLocaleTimeString([], { hourCycle: "h23" });
  }
  if (notice.hidden === lost) {
    notice.hidden = !lost;
  }
}

function busy(part) {
  const active = document.activeElement;
  const writes = active && part.contains(active) && active.matches("input, textarea, select");
  return writes || part.querySelector("dialog[open], [data-dirty]") !== null;
}

function swap(part, content, text) {
  if (part.dataset.seen === text || busy(part)) {
    return;
  }
  const open = new Set([...part.querySelectorAll("details[open][id]")].map((element) => element.id));
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...content);
  part.dataset.seen = text;
  for (const id of open) {
    part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  if (focused) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
}

/* An answer of several [data-part="id"] replaces each element with that id; any other answer replaces the whole. */
function replace(part, text) {
  const fresh = document.createElement("template");
  fresh.innerHTML = text;
  const pieces = [...fresh.content.querySelectorAll("[data-part]")];
  if (!pieces.length) {
    swap(part, [...fresh.content.childNodes], text);
    return;
  }
  for (const piece of pieces) {
    const target = document.getElementById(piece.dataset.part);
    if (target) {
      swap(target, [...piece.childNodes], piece.innerHTML);
    }
  }
}

async function refresh(part) {
  try {
    const answer = await fetch(part.dataset.live, {
      headers: { "X-Requested-With": "fetch" },
      signal: AbortSignal.timeout(8000),
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      location.reload();
      return;
    }
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    const text = await answer.text();
    failures = 0;
    lastAnswer = new Date();
    replace(part, text);
  } catch {
    failures += 1;
  }
  tell();
}

function schedule(part) {
  const seconds = Number(part.dataset.every || 5) * (document.hidden ? 6 : 1);
  waiting.set(
    part,
    setTimeout(async () => {
      await refresh(part);
      schedule(part);
    }, seconds * 1000),
  );
}

const parts = [...document.querySelectorAll("[data-live]")];
parts.forEach(schedule);

function atOnce() {
  if (document.hidden) {
    return;
  }
  for (const part of parts) {
    clearTimeout(waiting.get(part));
    refresh(part).then(() => schedule(part));
  }
}

document.addEventListener("visibilitychange", atOnce);
window.addEventListener("online", atOnce);
window.addEventListener("pageshow", (event) => event.persisted && atOnce());

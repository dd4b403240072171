/*
  Keeps parts of a page fresh: each [data-live="<address>"] is fetched again every `data-every` seconds (default 5) and
  replaced when it changed. A part in which somebody types is left alone. When the server does not answer, a notice
  says so and since when; it goes away by itself. A tab in the background asks six times less often.
  The server's answer carries a version; the next request names it, and an answer "not modified" leaves all as it is.
  When the session has ended, the page is left as it is while something typed stands on it, and says so.
*/

import { isSignedOut, takeToken, tell, told } from "./connection.js";

const waiting = new Map();
const versions = new Map();
let failures = 0;
let lastAnswer = new Date();

function tellOf() {
  if (failures >= 2) {
    tell("lost", lastAnswer);
  } else if (!failures && told() !== "out") {
    tell("");
  }
}

/* What is typed on the page and stands nowhere else. */
function isTyped() {
  return [...document.querySelectorAll("main textarea, main input[type=text], #content textarea, #content input[type=text]")].some(
    (field) => field.value !== field.defaultValue,
  );
}

function busy(part) {
  const active = document.activeElement;
  const writes = active && part.contains(active) && active.matches("input, textarea, select");
  return writes || part.querySelector("dialog[open], [data-dirty]") !== null;
}

/* How to find an element again in a part that was made anew: what it is called, and which of those it is. */
function placeOf(part, element) {
  const name = element.id ? `#${CSS.escape(element.id)}` : element.tagName.toLowerCase();
  const words = element.textContent.trim();
  const same = [...part.querySelectorAll(name)].filter((one) => one.textContent.trim() === words);
  return { name, words, number: same.indexOf(element) };
}

function found(part, { name, words, number }) {
  const all = [...part.querySelectorAll(name)];
  return name.startsWith("#") ? all[0] : all.filter((one) => one.textContent.trim() === words)[number];
}

/* False when somebody writes in the part, so that it has to be tried again. */
function swap(part, content, text) {
  if (part.dataset.seen === text) {
    return true;
  }
  if (busy(part)) {
    return false;
  }
  const open = new Set([...part.querySelectorAll("details[open][id]")].map((element) => element.id));
  const focused = part.contains(document.activeElement) ? placeOf(part, document.activeElement) : null;
  part.replaceChildren(...content);
  part.dataset.seen = text;
  for (const id of open) {
    part.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  if (focused) {
    found(part, focused)?.focus({ preventScroll: true });
  }
  return true;
}

/* An answer of several [data-part="id"] replaces each element with that id; any other answer replaces the whole. */
function replace(part, text) {
  const fresh = document.createElement("template");
  fresh.innerHTML = text;
  takeToken(fresh.content);
  const pieces = [...fresh.content.querySelectorAll("[data-part]")];
  if (!pieces.length) {
    return swap(part, [...fresh.content.childNodes], text);
  }
  let all = true;
  for (const piece of pieces) {
    const target = document.getElementById(piece.dataset.part);
    if (target) {
      all = swap(target, [...piece.childNodes], piece.innerHTML) && all;
    }
  }
  return all;
}

async function refresh(part) {
  try {
    const answer = await fetch(part.dataset.live, {
      cache: "no-store",
      headers: { "X-Requested-With": "fetch", "X-By-Itself": "1", ...(versions.has(part) && { "If-None-Match": versions.get(part) }) },
      signal: AbortSignal.timeout(8000),
      redirect: "manual",
    });
    if (answer.status === 403 || (isSignedOut(answer) && !isTyped())) {
      location.reload();
      return;
    }
    if (isSignedOut(answer)) {
      versions.delete(part);
      tell("out");
      return;
    }
    if (!answer.ok && answer.status !== 304) {
      throw new Error(String(answer.status));
    }
    const text = answer.status === 304 ? null : await answer.text();
    if (told() === "out") {
      tell("");
    }
    failures = 0;
    lastAnswer = new Date();
    if (text !== null) {
      const version = replace(part, text) && answer.headers.get("ETag");
      if (version) {
        versions.set(part, version);
      } else {
        versions.delete(part);
      }
    }
  } catch {
    failures += 1;
  }
  tellOf();
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

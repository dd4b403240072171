/*
  Countdowns on the server's clock.

  The page carries the server's time in `data-server-now` (ISO, on any element; live fragments bring a newer one).
  Each [data-countdown] has `data-due` (ISO) and `data-steps`: JSON [[epoch milliseconds, level, words], …] in time order.
  The clock on screen moves each second; the live region speaks only when a step is passed.
*/

const LEVELS = ["calm", "soon", "urgent", "missed"];
const announcer = document.getElementById("announcer");
let offset = 0;
let newest = "";

function syncClock() {
  for (const element of document.querySelectorAll("[data-server-now]")) {
    const said = element.dataset.serverNow;
    if (said > newest) {
      newest = said;
      const loaded = performance.getEntriesByType("navigation")[0];
      const first = !offset && loaded ? performance.timeOrigin + loaded.responseStart : Date.now();
      offset = Date.parse(said) - first;
    }
  }
}

export function serverNow() {
  return Date.now() + offset;
}

export function clockText(milliseconds) {
  const total = Math.floor(Math.abs(milliseconds) / 1000);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = String(total % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

function passed(steps, now) {
  let current = null;
  for (const step of steps) {
    if (step[0] <= now) {
      current = step;
    }
  }
  return current;
}

function tick() {
  syncClock();
  const now = serverNow();
  for (const element of document.querySelectorAll("[data-countdown]")) {
    const left = Date.parse(element.dataset.due) - now;
    element.querySelector("[data-countdown-clock]").textContent = clockText(left);
    const step = passed(JSON.parse(element.dataset.steps || "[]"), now);
    if (!step || element.dataset.level === step[1] + step[0]) {
      continue;
    }
    const known = element.dataset.level !== undefined;
    element.dataset.level = step[1] + step[0];
    for (const level of LEVELS) {
      element.classList.toggle(`countdown--${level}`, level === step[1]);
    }
    element.querySelector("[data-countdown-words]").textContent = step[2];
    if (known && announcer) {
      announcer.textContent = `${element.dataset.about}: ${step[2]} ${clockText(left)}`;
    }
  }
}

if (document.querySelector("[data-countdown], [data-live]")) {
  tick();
  setInterval(tick, 1000);
}

/*
  Keeps a page fresh for whoever leaves it open: <main data-refresh="60" data-version="…"> asks for the page again every
  so many seconds and names the version it shows; "not modified" leaves all as it is, a newer one takes its place and is
  announced by its title. Without an answer what was read stays. A page that is over (no data-refresh) asks no more.
  Readers without script have a refresh of the whole page instead.
*/

const main = document.querySelector("main[data-refresh]");
const said = document.getElementById("refreshed");

function take(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const next = fresh.querySelector("main");
  if (!next) {
    return;
  }
  main.replaceChildren(...next.childNodes);
  document.title = fresh.title;
  for (const name of ["refresh", "version"]) {
    main.dataset[name] = next.dataset[name] ?? "";
  }
  if (said) {
    said.textContent = fresh.title;
  }
}

async function ask() {
  try {
    const answer = await fetch(location.href, {
      cache: "no-store",
      headers: { "If-None-Match": main.dataset.version },
      signal: AbortSignal.timeout(10000),
    });
    if (answer.ok) {
      take(await answer.text());
    }
  } catch {
    /* The next one may be answered. */
  }
  schedule();
}

function schedule() {
  const seconds = Number(main.dataset.refresh);
  if (seconds) {
    setTimeout(ask, seconds * 1000 * (document.hidden ? 3 : 1));
  }
}

if (main) {
  schedule();
}

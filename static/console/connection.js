/*
  The notice at the foot of each page: no connection ("lost", "unsent") or no session any more ("out"); nothing when all
  is well. Here is also how a page finds out, and how its forms go on after signing in again in another window: their
  tokens are those of the session that ended, so each takes the new one.
*/

const notice = document.getElementById("connection");
let shown = "";

export function tell(what, since) {
  if (!notice || (shown === what && !since)) {
    return;
  }
  shown = what;
  for (const words of notice.querySelectorAll("[data-says]")) {
    words.hidden = words.dataset.says !== what;
  }
  if (since) {
    notice.querySelector("[data-since]").textContent = since.toLocaleTimeString([], { hourCycle: "h23" });
  }
  notice.hidden = !what;
}

export function told() {
  return shown;
}

/* The console answers whoever is not signed in by leading to its sign-in page. */
export function isSignedOut(answer) {
  return answer.type === "opaqueredirect";
}

export function takeToken(part) {
  const token = part.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (token) {
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) {
      field.value = token;
    }
  }
  return Boolean(token);
}

/* Reads the page again for its token only. False when nobody is signed in, or somebody else. */
export async function renewToken() {
  const answer = await fetch(location.href, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(10000) });
  if (!answer.ok) {
    return false;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const person = page.getElementById("connection")?.dataset.person;
  return person === notice?.dataset.person && takeToken(page);
}

/*
  What `post` brings: {answer, text}; null when nobody is signed in, which the notice then says. It fails when nobody
  answers. The token of a session that ended is renewed once; `isOurs` tells a refusal of the page's own from one of it.
*/
export async function ask(post, isOurs = () => false) {
  let answer, text, isStale;
  const once = async () => {
    answer = await post();
    text = await answer.text();
    isStale = answer.status === 403 && !isOurs(text);
  };
  await once();
  if (isStale && (await renewToken())) {
    await once();
  }
  const isOut = isStale || isSignedOut(answer);
  tell(isOut ? "out" : "");
  return isOut ? null : { answer, text };
}

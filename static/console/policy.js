/*
  Draws the steps of a promise policy against the clock while they are written: a moment after the last keystroke the
  form is sent to [data-policy-picture], which answers with the picture and saves nothing.
*/

const PAUSE = 250;
const picture = document.querySelector("[data-policy-picture]");
const form = document.getElementById("promisepolicy_form");
let timer = 0;
let asked = 0;

async function draw() {
  asked += 1;
  const number = asked;
  try {
    const answer = await fetch(picture.dataset.policyPicture, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-Requested-With": "fetch" },
      redirect: "error",
    });
    if (!answer.ok) {
      return;
    }
    const text = await answer.text();
    // An answer to an older question must not replace a newer one.
    if (number === asked) {
      const fresh = document.createElement("template");
      fresh.innerHTML = text;
      picture.replaceChildren(...fresh.content.childNodes);
    }
  } catch {
    // The picture stays as it was; saving tells what is wrong.
  }
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(draw, PAUSE);
}

if (picture && form) {
  for (const kind of ["input", "change", "formset:added", "formset:removed"]) {
    form.addEventListener(kind, soon);
  }
  // Django tells of added and removed rows at the document.
  document.addEventListener("formset:added", soon);
  document.addEventListener("formset:removed", soon);
}

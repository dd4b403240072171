/*
  The frame on the compose page shows the words as they are typed, a moment after the last key. Without script the
  button "Show" does the same. Each time a new frame takes the old one's place once it has loaded: so the page does not
  flicker, and the browser's Back leaves the page and not the preview's last state.

  Without a session or a connection the frame would show a page of the browser's own. So the desk is asked first; what
  was shown last stays, with a sentence above it, until it can be shown again.
*/

const AGAIN_SECONDS = 10;
const shower = document.querySelector("[data-compose] [data-preview]");

if (shower) {
  const form = shower.form;
  let frame = form.querySelector(`iframe[name="${shower.formTarget}"]`);
  let number = 0;
  const unseen = form.querySelector("[data-unseen]");
  let pending = 0;
  let asked = 0;

  const say = (why) => {
    unseen.hidden = !why;
    unseen.textContent = why ? unseen.dataset[why] : "";
  };

  const show = async () => {
    clearTimeout(pending);
    asked += 1;
    const mine = asked;
    const question = new CustomEvent("draft:standing", { detail: {} });
    form.dispatchEvent(question);
    const why = (await question.detail.answer) ?? "";
    if (mine !== asked) {
      return;
    }
    say(why);
    if (why) {
      pending = setTimeout(show, AGAIN_SECONDS * 1000);
      return;
    }
    for (const waiting of frame.parentElement.querySelectorAll("iframe[hidden]")) {
      waiting.remove();
    }
    const next = frame.cloneNode();
    number += 1;
    next.removeAttribute("src");
    next.name = `compose-preview-${number}`;
    next.hidden = true;
    frame.after(next);
    next.addEventListener("load", () => {
      frame.remove();
      next.hidden = false;
      frame = next;
    });
    shower.formTarget = next.name;
    form.requestSubmit(shower);
  };

  form.addEventListener("input", (event) => {
    clearTimeout(pending);
    if (event.target.matches("[data-previews]")) {
      show();
    } else if (!["confirm", "short_gap", "template", "kind"].includes(event.target.name)) {
      pending = setTimeout(show, 700);
    }
  });

  shower.hidden = true;
}

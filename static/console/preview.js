/*
  A frame that shows the words of a form as they are typed. Each time a new frame takes the old one's place once it has
  loaded: so the page does not flicker, and the browser's Back leaves the page and not the preview's last state.

  Without a session or a connection the frame would show a page of the browser's own. So the desk is asked first; what
  was shown last stays, with a sentence above it, until it can be shown again.
*/

const AGAIN_SECONDS = 10;

/*
  `shower` is the button that fills the frame; `standing` brings "" when the desk takes the form, "out" when nobody is
  signed in, "lost" when nobody answers. Brings the function that shows the words, at once or after some milliseconds.
*/
export function previewer(shower, standing) {
  const form = shower.form;
  const unseen = form.querySelector("[data-unseen]");
  const name = shower.formTarget;
  let frame = form.querySelector(`iframe[name="${name}"]`);
  let number = 0;
  let pending = 0;
  let asked = 0;

  const say = (why) => {
    unseen.hidden = !why;
    unseen.textContent = why ? unseen.dataset[why] : "";
  };

  const fill = () => {
    for (const waiting of frame.parentElement.querySelectorAll("iframe[hidden]")) {
      waiting.remove();
    }
    const next = frame.cloneNode();
    number += 1;
    next.removeAttribute("src");
    next.name = `${name}-${number}`;
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

  const now = async () => {
    asked += 1;
    const mine = asked;
    const why = (await standing()) ?? "";
    if (mine !== asked) {
      return;
    }
    say(why);
    if (why) {
      show(AGAIN_SECONDS * 1000);
    } else {
      fill();
    }
  };

  const show = (after = 0) => {
    clearTimeout(pending);
    pending = setTimeout(now, after);
  };
  return show;
}

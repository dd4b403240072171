/*
  "30 min" means from the moment of sending: the times beside it move on while the page is open, by the server's clock
  and in the writer's time zone. Each [data-in] carries the minutes. Back from another window, the preview is made anew,
  because it names the time as well.
*/

const form = document.querySelector("[data-compose]");
const said = document.querySelector("[data-server-now]");

if (form && said) {
  const loaded = performance.getEntriesByType("navigation")[0];
  const offset = Date.parse(said.dataset.serverNow) - (performance.timeOrigin + (loaded?.responseStart ?? 0));
  const how = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: form.dataset.zone };
  const clock = new Intl.DateTimeFormat("en-GB", how);
  let left = 0;

  const show = () => {
    for (const element of form.querySelectorAll("[data-in]")) {
      const zone = element.textContent.trim().split(" ").at(-1);
      const words = `${clock.format(new Date(Date.now() + offset + element.dataset.in * 60000))} ${zone}`;
      if (element.textContent !== words) {
        element.textContent = words;
      }
    }
  };

  show();
  setInterval(show, 5000);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      left = Date.now();
      return;
    }
    show();
    const way = form.querySelector("[data-previews]:checked");
    if (left && Date.now() - left > 60000 && way) {
      way.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}

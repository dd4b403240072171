/*
  A [data-copy="<id>"] button copies the text of that element. It stays hidden where the browser has no clipboard.
*/

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy)?.textContent.trim() ?? "";
    await navigator.clipboard.writeText(text);
    button.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = words;
    }, 2000);
  });
}

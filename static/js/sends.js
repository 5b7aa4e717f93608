// A form that takes files (the library of a group, a new version): each is sent by itself as soon as it is chosen or
// dropped, large ones in parts, and put where the form says when it is there. Without this the form sends them itself.
import { token } from "kring/react";
import { begin, fail, resume } from "kring/lines";

const known = new WeakSet();

export default function (form) {
  if (known.has(form)) return;
  known.add(form);
  const words = form.querySelector("[data-words]").dataset;
  const list = form.querySelector("[data-attached]");
  const picker = form.querySelector("input[type=file]");
  const place = `draft:${document.body.dataset.person}:${form.dataset.place}`;
  let running = 0;
  let put = 0;

  // The file is there and hangs on nothing yet: the form's own address takes it, and answers as it answers the form.
  const take = async (line, file) => {
    const body = new FormData();
    body.append(form.dataset.sends, file.id);
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", headers: { "X-CSRFToken": token() } }).catch(() => null);
    if (answer?.type === "opaqueredirect") {
      put += 1;
      line.item.remove();
      document.getElementById("live").textContent = words.there.replace("{name}", file.name);
      return;
    }
    const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
    fail(line, line.item.querySelector("progress"), page?.querySelector("[role=alert]")?.textContent.trim() || words.failed);
  };
  const end = () => {
    if (running || !put) return;
    put = 0;
    const shown = form.dataset.shown && document.getElementById(form.dataset.shown);
    if (shown) window.htmx.trigger(shown, "live"); else location.reload();
  };
  const send = (file) => {
    running += 1;
    const { line, sent } = begin(list, file, { words, place, again: send });
    sent.then((answer) => answer && take(line, answer)).finally(() => { running -= 1; end(); });
  };

  picker.addEventListener("change", () => {
    for (const file of [...picker.files]) send(file);
    picker.value = "";
  });
  const zone = form.closest("main") ?? form;
  const inside = (event) => event.dataTransfer?.types.includes("Files");
  zone.addEventListener("dragover", (event) => { if (inside(event)) { event.preventDefault(); form.classList.add("drop"); } });
  zone.addEventListener("dragleave", (event) => { if (!zone.contains(event.relatedTarget)) form.classList.remove("drop"); });
  zone.addEventListener("drop", (event) => {
    if (!inside(event) || event.defaultPrevented) return;
    event.preventDefault();
    form.classList.remove("drop");
    for (const file of [...event.dataTransfer.files].slice(0, picker.multiple ? undefined : 1)) send(file);
  });
  addEventListener("beforeunload", (event) => { if (running) event.preventDefault(); });
  if (localStorage.getItem(`${place}:parts`)) resume(list, { words, place, send });
}

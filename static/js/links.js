// What the links of a text will show once it is posted: asked for when the text holds others than before, and again
// while the pages behind them are being fetched.
import { token } from "kring/react";

const LINK = /https?:\/\/[^\s<>"]+/g;
const PAUSE = 500;
const TRIES = 10;

export default function (form, field) {
  const box = document.createElement("div");
  box.className = "links ahead";
  (form.querySelector("[data-attached]") ?? field).before(box);
  let shown = "";
  let timer;
  const ask = async (links, tries) => {
    const body = new FormData();
    body.append("body", links.replaceAll(" ", "\n\n"));
    body.append("group", form.dataset.completeGroup ?? "");
    const answer = await fetch("/posts/links/", { method: "POST", body, headers: { "X-CSRFToken": token(), "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || links !== shown) return;
    const drawn = await answer.text();
    if (links !== shown) return;
    if (box.innerHTML !== drawn) box.innerHTML = drawn;
    if (Number(answer.headers.get("X-Waiting")) && tries) timer = setTimeout(ask, PAUSE, links, tries - 1);
  };
  const look = () => {
    const links = (field.value.match(LINK) ?? []).join(" ");
    if (links === shown) return;
    clearTimeout(timer);
    shown = links;
    if (!links) return box.replaceChildren();
    timer = setTimeout(ask, 300, links, TRIES);
  };
  field.addEventListener("input", look);
  form.addEventListener("reset", () => { clearTimeout(timer); shown = ""; box.replaceChildren(); });
  look();
}

// Pictures large, one after another, in a dialog.
import { show } from "kring/dialog";

let pictures = [];
let index = 0;

function draw(dialog) {
  const link = pictures[index];
  const image = dialog.querySelector("[data-picture]");
  image.src = link.href;
  image.alt = link.querySelector("img:not(.blur)")?.alt ?? "";
  dialog.querySelector("[data-caption]").textContent = link.dataset.caption ?? image.alt;
  for (const button of dialog.querySelectorAll("[data-step]")) button.hidden = pictures.length < 2;
}

export default function (link) {
  const dialog = document.getElementById("lightbox");
  if (!dialog) return location.assign(link.href);
  pictures = [...(link.closest(".pics, .post, .prose") ?? document).querySelectorAll("a[data-lightbox], a[data-picture]")];
  index = pictures.indexOf(link);
  const step = (by) => { index = (index + by + pictures.length) % pictures.length; draw(dialog); };
  dialog.onkeydown = (event) => {
    if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
  };
  for (const button of dialog.querySelectorAll("[data-step]")) button.onclick = () => step(Number(button.dataset.step));
  dialog.onclose = () => { dialog.querySelector("[data-picture]").removeAttribute("src"); link.focus(); };
  draw(dialog);
  show(dialog);
}

// Pictures large, one after another, in a dialog.
import { show } from "kring/dialog";

let pictures = [];
let index = 0;

function draw(dialog) {
  const link = pictures[index];
  const image = dialog.querySelector("[data-picture]");
  const small = link.querySelector("img:not(.blur)");
  const [width, height] = link.dataset.size?.split("x") ?? [];
  // What the page has of it stands there, as large as the whole will be, until that has come.
  for (const [name, value] of Object.entries({ width, height })) if (value) image.setAttribute(name, value); else image.removeAttribute(name);
  image.src = (width && small?.complete && small.currentSrc) || link.href;
  image.alt = small?.alt ?? "";
  const whole = Object.assign(new Image(), { src: link.href });
  const put = () => { if (pictures[index] === link && dialog.open) image.src = link.href; };
  whole.decode().then(put, put);
  dialog.querySelector("[data-caption]").textContent = link.dataset.caption ?? image.alt;
  for (const button of dialog.querySelectorAll("[data-step]")) button.hidden = pictures.length < 2;
}

export default function (link) {
  const dialog = document.getElementById("lightbox");
  if (!dialog) return location.assign(link.href);
  pictures = [...(link.closest(".pics, .album, .post, .prose") ?? document).querySelectorAll("a[data-lightbox], a[data-picture]")];
  index = pictures.indexOf(link);
  const step = (by) => { index = (index + by + pictures.length) % pictures.length; draw(dialog); };
  dialog.onkeydown = (event) => {
    if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
  };
  for (const button of dialog.querySelectorAll("[data-step]")) button.onclick = () => step(Number(button.dataset.step));
  dialog.onclose = () => { dialog.querySelector("[data-picture]").removeAttribute("src"); link.focus(); };
  show(dialog);
  draw(dialog);
}

// / search · n new post · j k next and previous · l like · c comment · g h home · ? the list.
import { show } from "kring/dialog";

let waiting = 0; // until when a "g" waits for its second letter
let at = null; // the post that j and k stand on

const posts = () => [...document.querySelectorAll("[data-post]")];

function current() {
  return document.activeElement?.closest("[data-post]") ?? (at?.isConnected ? at : null);
}

function move(step) {
  const all = posts();
  if (!all.length) return;
  const here = current();
  let index = all.indexOf(here);
  if (index < 0) {
    // Nothing chosen yet: the first one in sight.
    const first = all.findIndex((post) => post.getBoundingClientRect().bottom > 80);
    index = step > 0 ? first - 1 : first + 1;
  }
  at = all[Math.min(all.length - 1, Math.max(0, index + step))];
  at.focus({ preventScroll: true });
  at.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

export function choice(dialog) {
  const box = dialog.querySelector("[data-keys-on]");
  if (!box) return;
  box.checked = localStorage.getItem("keys") !== "off";
  box.onchange = () => (box.checked ? localStorage.removeItem("keys") : localStorage.setItem("keys", "off"));
}

export default function (key) {
  const second = Date.now() < waiting;
  waiting = 0;
  if (second) {
    if (key === "h") location.assign("/");
    return;
  }
  if (key === "g") waiting = Date.now() + 1500;
  else if (key === "/") document.getElementById("q")?.focus();
  else if (key === "n") {
    const field = document.querySelector("#composer textarea, [data-composer]:not(.reply) textarea");
    if (field) field.focus();
    else location.assign("/#composer");
  } else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "l") current()?.querySelector("[data-react][data-key=like], .acts [data-react]")?.click();
  else if (key === "c") {
    const post = current();
    (post?.querySelector("[data-reply]") ?? post?.querySelector("form textarea"))?.[post.querySelector("[data-reply]") ? "click" : "focus"]();
  } else if (key === "?") {
    const dialog = document.getElementById("keys");
    choice(dialog);
    show(dialog);
  }
}

// The tools of a field that text is written in: marks by button, emoji, the text as it will be shown, the order of the
// files, and long pastes that had better be a file.
import { token } from "kring/react";

const LONG = 4000;
const changed = (field) => field.dispatchEvent(new InputEvent("input", { bubbles: true }));

// Puts marks around what is chosen: "**|**" with the text in the middle, or before each line of it.
function put(field, button) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  field.focus();
  if (button.dataset.line !== undefined) {
    const start = value.lastIndexOf("\n", from - 1) + 1;
    const lines = value.slice(start, to).split("\n").map((line) => button.dataset.line + line).join("\n");
    field.setRangeText(lines, start, to, "end");
  } else if (button.dataset.block !== undefined) {
    const before = !from || value[from - 1] === "\n" ? "" : "\n\n";
    field.setRangeText(`${before}${button.dataset.block.replaceAll("\\n", "\n")}\n`, from, to, "end");
  } else {
    const [before, after] = button.dataset.put.split("|");
    const chosen = value.slice(from, to);
    field.setRangeText(before + chosen + after, from, to, "end");
    if (!chosen) field.setSelectionRange(from + before.length, from + before.length);
  }
  changed(field);
}

export default function (form, field, tools) {
  const bar = tools.content.cloneNode(true).querySelector("[role=toolbar]");
  const drawn = tools.content.cloneNode(true).querySelector("[data-drawn]");
  if (!bar || form.querySelector("[role=toolbar]")) return;
  field.after(bar, drawn);
  const buttons = [...bar.querySelectorAll("button")];
  buttons.forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(buttons.length - 1, buttons.indexOf(document.activeElement) + step));
    buttons.forEach((button, index) => { button.tabIndex = index === at ? 0 : -1; });
    buttons[at].focus();
  });

  // What is behind a link in it: only where there is one.
  const look = () => {
    if (!/https?:\/\//.test(field.value)) return;
    field.removeEventListener("input", look);
    import("kring/links").then((module) => module.default(form, field)).catch(() => {});
  };
  field.addEventListener("input", look);
  look();

  // As it will be shown: drawn by the server, which draws the post later.
  let timer;
  let asking;
  const draw = async () => {
    asking?.abort();
    asking = new AbortController();
    const body = new FormData();
    body.append("body", field.value);
    body.append("group", form.dataset.completeGroup ?? "");
    const answer = await fetch("/posts/drawn/", { method: "POST", body, signal: asking.signal, headers: { "X-CSRFToken": token(), "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok || answer?.status === 422) drawn.innerHTML = await answer.text();
  };
  field.addEventListener("input", () => {
    if (drawn.hidden) return;
    clearTimeout(timer);
    timer = setTimeout(draw, 400);
  });
  form.addEventListener("reset", () => show(false));
  const show = (on) => {
    drawn.hidden = !on;
    bar.querySelector("[data-draw]").setAttribute("aria-pressed", String(on));
    if (on) draw();
  };
  // The field keeps the focus while a button beside it is pressed.
  bar.addEventListener("mousedown", (event) => event.preventDefault());
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("draw" in button.dataset) return show(drawn.hidden);
    if ("emoji" in button.dataset) {
      const before = field.value[field.selectionStart - 1];
      field.focus();
      field.dataset.emoji = "1";
      field.setRangeText(before && !/\s/.test(before) ? " :" : ":", field.selectionStart, field.selectionEnd, "end");
      return changed(field);
    }
    put(field, button);
  });
}

// The order of what is attached: by dragging, and by a button on each but the first.
export function order(list, words, moved) {
  let dragged;
  const dress = () => {
    for (const item of list.children) {
      if (item.querySelector("[data-earlier]") || !item.querySelector(".name")) continue;
      // Not while something in it is written or chosen.
      item.addEventListener("pointerdown", (event) => { item.draggable = !event.target.closest("input, button"); });
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "icon s", textContent: "↑" });
      button.dataset.earlier = "";
      button.setAttribute("aria-label", `${words.earlier} ${item.querySelector(".name").textContent}`);
      item.querySelector(".name").after(button);
    }
  };
  new MutationObserver(dress).observe(list, { childList: true });
  dress();
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-earlier]");
    const item = button?.closest("li");
    if (!item?.previousElementSibling) return;
    item.previousElementSibling.before(item);
    // The first has no such button: the keyboard stays with what it moved.
    item.tabIndex = -1;
    button.focus();
    if (document.activeElement !== button) item.focus();
    moved();
  });
  list.addEventListener("dragstart", (event) => { dragged = event.target.closest?.("li"); });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("li");
    if (!dragged || !over) return;
    event.preventDefault();
    if (over === dragged) return;
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
  });
  list.addEventListener("dragend", () => { if (dragged) moved(); dragged = null; });
}

// A long paste stays where it was put, and may become a file instead.
export function pasted(form, field, text, words, attach) {
  if (text.length < LONG) return;
  form.querySelector("[data-pasted]")?.remove();
  const offer = document.createElement("p");
  offer.className = "who";
  offer.dataset.pasted = "";
  offer.setAttribute("role", "status");
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn quiet s", textContent: words.file });
  button.addEventListener("click", () => {
    const clean = text.replaceAll("\r\n", "\n");
    field.value = field.value.replace(clean, "").trimEnd();
    offer.remove();
    attach([new File([text], `${words.pastedName}.txt`, { type: "text/plain" })]);
    changed(field);
    field.focus();
  });
  offer.append(words.long, " ", button);
  field.after(offer);
  form.addEventListener("submit", () => offer.remove(), { once: true });
}

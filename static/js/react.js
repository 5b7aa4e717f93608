// A press that shows its result at once and takes it back if the server says no: reactions, saving, following.

import { toast } from "kring/toast";

const busy = new WeakSet();

function flip(button, on) {
  for (const name of ["aria-pressed", "aria-checked"]) if (button.hasAttribute(name)) button.setAttribute(name, on);
  const counter = button.dataset.counter ? document.querySelector(button.dataset.counter) : button.querySelector("[data-count]");
  if (counter) counter.textContent = Math.max(0, (parseInt(counter.textContent, 10) || 0) + (on ? 1 : -1)) || "";
}

export function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
}

export default async function (button) {
  if (busy.has(button)) return;
  busy.add(button);
  // Chosen from a menu: the choice is made.
  const menu = button.closest("details.menu");
  if (menu) menu.open = false;
  const was = (button.getAttribute("aria-pressed") ?? button.getAttribute("aria-checked")) === "true";
  flip(button, !was);
  const body = new FormData();
  const form = button.closest("form") ?? button.form;
  if (form && form.id !== "act") for (const [name, value] of new FormData(form)) body.append(name, value);
  if (button.name) body.append(button.name, button.value);
  const address = button.getAttribute("hx-post") || button.getAttribute("formaction") || form?.getAttribute("action");
  // A reaction's answer is the numbers of its post.
  const [, post] = /^\/posts\/(\w+)\/reactions\/$/.exec(address) ?? [];
  const aim = button.dataset.target || button.getAttribute("hx-target") || (post && `#counts-${post}`);
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), "HX-Request": "true" }, redirect: "manual" });
    if (answer.type !== "opaqueredirect" && !answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      throw new Error(page.querySelector("[role=alert]")?.textContent.trim() || document.body.dataset.tFailed);
    }
    const text = answer.type === "opaqueredirect" ? "" : await answer.text();
    if (aim && text.trim() && !/^\s*<!doctype/i.test(text)) {
      const place = aim.startsWith("closest ") ? button.closest(aim.slice(8)) : aim === "this" ? button : document.querySelector(aim);
      const focused = place?.contains(document.activeElement) ? document.activeElement.getAttribute("formaction") + (document.activeElement.value ?? "") : "";
      if (place) {
        window.htmx?.swap(place, text, { swapStyle: (button.getAttribute("hx-swap") || "outerHTML").split(" ")[0] });
        // The finger stays where it was.
        if (focused) [...document.querySelectorAll("[formaction]")].find((other) => other.getAttribute("formaction") + (other.value ?? "") === focused)?.focus({ preventScroll: true });
      }
    }
  } catch (error) {
    flip(button, was);
    toast(error instanceof TypeError ? document.body.dataset.tOffline : error.message, { kind: "error" });
  } finally {
    busy.delete(button);
  }
}

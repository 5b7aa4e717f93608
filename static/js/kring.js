// The first script of every page. It holds the browser's answer back where a behaviour of ours takes over and
// fetches that behaviour the first time it is wanted; a page that only is read loads nothing more.
// Without it every link, button and form still works.

const passed = new WeakSet(); // elements whose next click is the browser's own

const clicks = [
  ["[data-confirm]", "confirm"],
  ["[data-react]", "react"],
  ["a[data-lightbox], a[data-picture]", "lightbox"],
  ["[data-theme-choice]", "theme"],
  ["[data-dialog], [data-keys]", "dialog"],
  ["a[data-reply]", "reply"],
  ["a[data-unfold]", "unfold"],
  ["[data-play]", "play"],
];

export function pass(element) {
  passed.add(element);
  element.click();
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  for (const [selector, name] of clicks) {
    const element = event.target.closest?.(selector);
    if (!element || element.disabled) continue;
    if (passed.delete(element)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    import(`kring/${name}`).then((module) => module.default(element, event)).catch(() => pass(element));
    return;
  }
}, true);

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.menu")) import("kring/menu").then((module) => module.default(event.target));
}, true);

// Writing: a field of a composer that gets the focus, or one that has a draft waiting.
const ready = new WeakSet(); // composers that have their behaviour, or must do without
const compose = (form) => import("kring/composer").then((module) => module.default(form)).finally(() => ready.add(form));
document.addEventListener("focusin", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (form) compose(form).catch(() => {});
  if (event.target.dataset?.colleague) import("kring/complete").then((module) => module.default(event.target, { words: { people: event.target.dataset.colleague }, only: "@" }));
  if (event.target.dataset?.emojis) import("kring/complete").then((module) => module.default(event.target, { words: { emoji: event.target.dataset.emojis }, only: ":" }));
  if (event.target.id === "q") import("kring/find").then((module) => module.default(event.target));
});

// Trees are walked with the arrow keys.
const trees = () => { for (const tree of document.querySelectorAll("[data-tree]")) import("kring/tree").then((module) => module.default(tree)); };
trees();

// Forms that send files by themselves.
for (const form of document.querySelectorAll("[data-sends]")) import("kring/sends").then((module) => module.default(form));

// Messages to this device: the panel of the settings, and once a visit that the device is still here.
for (const panel of document.querySelectorAll("[data-push]")) import("kring/push").then((module) => module.default(panel));
if (document.body.dataset.person && localStorage.getItem("push") === document.body.dataset.person && !sessionStorage.getItem("push")) import("kring/push").then((module) => module.renew()).catch(() => {});

const drafts = (root) => {
  for (const form of root.querySelectorAll?.("[data-composer]") ?? []) {
    const key = `draft:${document.body.dataset.person}:${form.dataset.place}`;
    if (localStorage.getItem(key) ?? localStorage.getItem(`${key}:parts`)) compose(form).catch(() => {});
  }
};

// Escape beside a player takes it away.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) event.target.closest?.("[data-player]")?.querySelector("a[data-play]")?.click();
});

// Keys: single letters act only outside fields, and can be turned off in the list that "?" shows.
document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing || !/^[/njklcgh?]$/.test(event.key)) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog, [role=menu]")) return;
  if (!document.getElementById("keys")) return;
  if (localStorage.getItem("keys") === "off" && event.key !== "?") return;
  event.preventDefault();
  import("kring/shortcuts").then((module) => module.default(event.key));
});

// Who is quicker than the network waits for it: what is sent by a composer without its behaviour would stay in the
// field, to be sent a second time.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-composer]") || ready.has(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const again = () => form.requestSubmit(event.submitter);
  compose(form).then(again, again);
}, true);

// A plain form is sent once. What was written goes with the person who leaves.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-logout]") || event.submitter?.matches("[data-logout]")) {
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
    indexedDB.deleteDatabase("kring");
  }
  if (form.method === "dialog" || event.defaultPrevented) return;
  setTimeout(() => {
    if (event.defaultPrevented || form.id === "act" || form.method === "get") return;
    event.submitter?.setAttribute("aria-busy", "true");
  });
});
addEventListener("pageshow", (event) => {
  for (const button of document.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
  if (event.persisted) document.dispatchEvent(new CustomEvent("kring:resync"));
});

// What htmx could not do becomes a sentence; what it may swap is a fragment, never a whole page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const whole = /^\s*<!doctype/i.test(xhr.responseText);
  if (whole && new URL(xhr.responseURL || location.href).pathname.startsWith("/accounts/login")) {
    event.detail.shouldSwap = false;
    location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
  } else if ([400, 403, 409, 413, 422, 429].includes(xhr.status) && xhr.responseText.trim() && !whole && !event.detail.requestConfig?.elt.matches("[data-no-swap]")) {
    // A refusal of an action is said, a form with its errors is shown where the form was.
    const said = new DOMParser().parseFromString(xhr.responseText, "text/html").body;
    if (said.querySelector("form, [id]")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  }
});
const say = (text, options) => import("kring/toast").then((module) => module.toast(text, options)).catch(() => {
  // Not even the words in the corner can be fetched: at least they are spoken.
  document.getElementById("live").textContent = text;
});
document.addEventListener("htmx:responseError", (event) => {
  const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  const sentence = page.querySelector("[role=alert]")?.textContent.trim();
  say(sentence || document.body.dataset.tFailed, { kind: "error" });
});
document.addEventListener("htmx:sendError", () => say(document.body.dataset.tOffline, { kind: "error" }));
document.addEventListener("htmx:load", (event) => {
  drafts(event.target);
  for (const toast of document.querySelectorAll("#toasts .toast:not([data-known])")) import("kring/toast").then((module) => module.default(toast));
});

// A form sent without htmx: its draft goes when this page is the answer, and no error.
const sent = sessionStorage.getItem("sent");
if (sent) {
  sessionStorage.removeItem("sent");
  const [answer] = performance.getEntriesByType("navigation");
  const arrived = answer?.type === "navigate" && document.referrer.startsWith(location.origin);
  if (arrived && answer.responseStatus < 400 && !document.querySelector("[data-composer] .errors")) localStorage.removeItem(sent);
}
drafts(document);
// "Comment" and "new post" lead to a page with the field: ready to write.
if (location.hash === "#reply" || location.hash === "#composer") {
  // After the browser has gone to the place itself, which takes the focus away.
  const write = () => setTimeout(() => document.querySelector(`form${location.hash} textarea`)?.focus());
  if (document.readyState === "complete") write(); else addEventListener("load", write, { once: true });
}
for (const toast of document.querySelectorAll("#toasts .toast")) import("kring/toast").then((module) => module.default(toast));
// The socket waits until the page stands.
const listen = () => import("kring/live").then((module) => module.default(document.body.dataset.live));
if (document.body.dataset.live) window.requestIdleCallback ? requestIdleCallback(listen, { timeout: 2000 }) : setTimeout(listen, 500);
setTimeout(() => import("kring/ago").then((module) => module.default()), 60_000);

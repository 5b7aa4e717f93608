// Messages to this device: asked for by a button, said again after each signing in, and taken back by the same button.
import { token } from "kring/react";

const WORKER = "/push-worker.js";
const able = () => isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const code = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const person = () => document.body.dataset.person;

// The browser's answer, if it has given one.
async function known() {
  const worker = await navigator.serviceWorker.getRegistration("/");
  return worker?.pushManager.getSubscription();
}

async function tell(subscription, more = {}) {
  const body = new FormData();
  const all = { endpoint: subscription.endpoint, key: code(subscription.getKey("p256dh")), secret: code(subscription.getKey("auth")), ...more };
  for (const [name, value] of Object.entries(all)) body.append(name, value);
  const answer = await fetch("/notifications/devices/", { method: "POST", body, headers: { "X-CSRFToken": token(), "HX-Request": "true" } });
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
}

function draw(html) {
  const list = document.getElementById("devices");
  const now = new DOMParser().parseFromString(html, "text/html").getElementById("devices");
  if (list && now) list.replaceWith(now);
}

function show(panel, state) {
  for (const part of panel.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
}

// Signed in again, or some time has passed: the server hears that this device is still here.
export async function renew() {
  sessionStorage.setItem("push", "1");
  if (!able() || Notification.permission !== "granted") return;
  const subscription = await known();
  if (subscription) await tell(subscription);
}

export default async function (panel) {
  if (panel.dataset.ready) return;
  panel.dataset.ready = "1";
  if (!able()) return show(panel, "unable");
  const look = async () => show(panel, Notification.permission === "denied" ? "denied" : (await known()) && localStorage.getItem("push") === person() ? "on" : "off");
  panel.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-push-act]");
    if (!button) return;
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    try {
      if (button.dataset.pushAct === "on") {
        if ((await Notification.requestPermission()) !== "granted") return await look();
        await navigator.serviceWorker.register(WORKER, { scope: "/" });
        const worker = await navigator.serviceWorker.ready;
        const key = bytes(panel.dataset.key);
        const old = await worker.pushManager.getSubscription();
        // One that was made for another key is of no use.
        if (old && code(old.options.applicationServerKey) !== panel.dataset.key) await old.unsubscribe();
        draw(await tell(await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })));
        localStorage.setItem("push", person());
        sessionStorage.setItem("push", "1");
      } else {
        const subscription = await known();
        localStorage.removeItem("push");
        if (subscription) {
          draw(await tell(subscription, { off: "1" }));
          await subscription.unsubscribe();
        }
      }
      await look();
      panel.querySelector("[data-when]:not([hidden]) button")?.focus();
    } catch {
      show(panel, "failed");
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  await look();
}

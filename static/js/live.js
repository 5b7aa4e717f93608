// The socket says that something is new; this asks over HTTP for what. New posts wait behind a bar, counts change in
// place, and after a gap everything that shows news asks again.

const POSTS = "[data-post][id], .cm[id]";
const seen = new Set();
let wait = 1000;
let broken = false;
let announced = 0;

const lists = (element, name) => (element.dataset[name] ?? "*").split(/\s+/);
const fits = (element, frame) => {
  const topics = lists(element, "topics");
  const kinds = lists(element, "kinds");
  const ids = lists(element, "ids");
  return (topics.includes("*") || topics.includes(frame.topic)) && (kinds.includes("*") || kinds.some((kind) => frame.kind === kind || frame.kind.startsWith(`${kind}.`))) && (ids.includes("*") || ids.includes(frame.id) || ids.includes(frame.thread));
};

// --- "3 new posts"
function count(bar) {
  const waiting = (bar.dataset.waiting ?? "").split(" ").filter((id) => id && !document.getElementById(`post-${id}`));
  bar.dataset.waiting = waiting.join(" ");
  const text = waiting.length === 1 ? bar.dataset.one : bar.dataset.many;
  const words = bar.querySelector("button, a") ?? bar;
  words.textContent = (text ?? "{n}").replace("{n}", waiting.length);
  bar.hidden = !waiting.length;
  if (waiting.length && Date.now() - announced > 30_000) {
    announced = Date.now();
    const live = document.getElementById("live");
    if (live) live.textContent = words.textContent;
  }
}

async function fetchNew(bar) {
  const target = document.querySelector(bar.dataset.target);
  const answer = await fetch(bar.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return import("kring/toast").then((module) => module.toast(document.body.dataset.tOffline, { kind: "error" }));
  const text = await answer.text();
  const news = new DOMParser().parseFromString(text, "text/html");
  // A post that is already here is not shown twice.
  for (const post of news.querySelectorAll(POSTS)) if (document.getElementById(post.id)) post.remove();
  const next = news.querySelector("[data-live-bar]");
  if (next) { bar.dataset.url = next.dataset.url; next.remove(); }
  bar.dataset.waiting = "";
  bar.hidden = true;
  window.htmx.swap(target, news.body.innerHTML, { swapStyle: bar.dataset.swap ?? "afterbegin" });
  const first = document.getElementById(news.querySelector(POSTS)?.id);
  first?.focus({ preventScroll: true });
  first?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("click", (event) => {
  const bar = event.target.closest("[data-live-bar]");
  if (bar) { event.preventDefault(); fetchNew(bar); }
});
document.addEventListener("htmx:afterSettle", () => { for (const bar of document.querySelectorAll("[data-live-bar]")) if (!bar.hidden) count(bar); });

// --- what changes in place
const soon = new Map();
function refresh(element) {
  if (soon.has(element)) return;
  soon.set(element, setTimeout(() => {
    soon.delete(element);
    // Nothing moves under the finger: not while someone writes or chooses in it.
    if (element.contains(document.activeElement) && document.activeElement.matches("input, textarea, [aria-expanded=true]") || element.querySelector("details[open]")) return;
    if (element.isConnected) window.htmx?.trigger(element, "live");
  }, 400 + Math.random() * 1200));
}

let belling;
async function bell() {
  clearTimeout(belling);
  belling = setTimeout(async () => {
    const answer = await fetch("/notifications/count/", { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { unread } = await answer.json();
    const text = unread > 99 ? "99+" : unread ? String(unread) : "";
    for (const dot of document.querySelectorAll("#bell-count, [data-mirror=bell-count]")) dot.textContent = text;
  }, 300);
}

// What is no longer theirs to see, or was taken away, leaves the page at once, not with the next load.
let sweeping;
function sweep() {
  clearTimeout(sweeping);
  sweeping = setTimeout(async () => {
    const posts = [...document.querySelectorAll("#feed article[data-post][id]")];
    if (!posts.length) return;
    const ids = posts.map((post) => post.id.replace("post-", ""));
    const query = new URLSearchParams({ ids: ids.slice(-200).join(","), feed: location.pathname === "/" ? "1" : "" });
    const answer = await fetch(`/posts/still/?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const still = new Set((await answer.json()).ids);
    for (const post of posts.slice(-200)) if (!still.has(post.id.replace("post-", ""))) post.remove();
  }, 300);
}
// The page itself may be about it: a discussion, a group, its library. Whoever may not know that it is there is told so.
let asks;
function still() {
  clearTimeout(asks);
  asks = setTimeout(async () => {
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    answer?.body?.cancel();
    // Not any more, or it leads to the door.
    if (answer?.status === 403 || answer?.status === 404 || answer?.type === "opaqueredirect") location.reload();
  }, 300);
}
const ends = /^(?:access\.changed|live\.resync|groups\.group\.narrowed)$/;
const leaves = /^(?:access\.changed|groups\.group\.(?:deleted|narrowed)|feed\.post\.(?:deleted|removed|hidden)|feed\.thread\.departed)$/;

function hear(frame) {
  if (leaves.test(frame.kind)) sweep();
  if (ends.test(frame.kind) || (frame.id && leaves.test(frame.kind) && location.pathname.includes(frame.id))) still();
  if (frame.kind === "live.resync") { sweep(); return resync(); }
  if (frame.kind === "access.changed") return resync();
  // The group that the page shows is gone, and everything on it.
  if (frame.kind === "groups.group.deleted" && location.pathname.startsWith(`/groups/${frame.id}/`)) return location.reload();
  const mark = `${frame.topic} ${frame.kind} ${frame.id}`;
  if (frame.topic.startsWith("person-") && frame.kind !== "live.ready") bell();
  for (const bar of document.querySelectorAll("[data-live-bar]")) {
    if (!frame.id || seen.has(mark) || !fits(bar, frame)) continue;
    bar.dataset.waiting = `${bar.dataset.waiting ?? ""} ${frame.id}`.trim();
    // Our own post is on its way into the page: give it the time to arrive.
    setTimeout(count, 1500, bar);
  }
  seen.add(mark);
  for (const element of document.querySelectorAll("[data-live-refresh]")) if (fits(element, frame)) refresh(element);
  document.dispatchEvent(new CustomEvent("kring:frame", { detail: frame }));
}

// After a gap: whatever shows news asks again, and the bar asks how many it missed.
async function resync() {
  bell();
  for (const element of document.querySelectorAll("[data-live-refresh]")) refresh(element);
  for (const bar of document.querySelectorAll("[data-live-bar]")) {
    const answer = await fetch(bar.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) continue;
    const news = new DOMParser().parseFromString(await answer.text(), "text/html");
    bar.dataset.waiting = [...news.querySelectorAll(POSTS)].map((post) => post.id.replace("post-", "")).join(" ");
    count(bar);
  }
}
document.addEventListener("kring:resync", resync);

function connect(address) {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${address}`);
  let pulse;
  socket.onopen = () => {
    wait = 1000;
    pulse = setInterval(() => socket.send(document.hidden ? "ping" : "here"), 45_000);
    if (broken) resync();
    broken = false;
  };
  socket.onmessage = (event) => { if (event.data !== "pong") hear(JSON.parse(event.data)); };
  socket.onclose = (event) => {
    clearInterval(pulse);
    if (event.code === 4403) return still(); // nothing left to hear
    broken = true;
    setTimeout(connect, wait * (0.5 + Math.random()), address);
    wait = Math.min(wait * 2, 60_000);
  };
}

export default function (address) {
  connect(address);
  addEventListener("online", () => { wait = 1000; });
}

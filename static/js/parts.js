// Sends a large file in parts (tus 1.0.0), so that a broken line costs a part and not the file: what has arrived is
// never sent again, not after the network went away and not after the page was loaded again. What is under way is
// remembered per person and place, with the file itself as long as the browser agrees to keep it.
import { token } from "kring/react";
import { news } from "kring/upload";

const FIRST = 4 << 20; // bytes of a part; fewer on a bad line, more on a good one
const LEAST = 256 << 10;
const MOST = 16 << 20;
const PAUSES = [0.5, 1, 2, 4, 8, 15, 30]; // seconds before it is tried again
const TRIES = 10; // in a row without a byte, while the browser says that there is a network
const PATIENCE = 90_000; // ms for a part
const KEPT = 512 << 20; // larger files are not kept for a page that is loaded again

export const alike = (file) => `${file.name}|${file.size}|${file.lastModified ?? 0}`;
const lock = (place, what) => `${place} ${what}`;
const headers = (more = {}) => ({ "Tus-Resumable": "1.0.0", "X-CSRFToken": token(), Accept: "application/json", ...more });
const ask = (method, address, more) => fetch(address, { method, headers: headers(more), redirect: "manual" });
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

// What is under way in a place: {address: {name, alike}}.
const list = (place) => { try { return JSON.parse(localStorage.getItem(`${place}:parts`) ?? "{}"); } catch { return {}; } };
const note = (place, change) => {
  const known = list(place);
  change(known);
  try {
    if (Object.keys(known).length) localStorage.setItem(`${place}:parts`, JSON.stringify(known));
    else localStorage.removeItem(`${place}:parts`);
  } catch { /* no room or not allowed: it goes on as long as the page is there */ }
};

// The files themselves, so that a page that is loaded again has them.
const shelf = (mode, act) => new Promise((resolve) => {
  const opened = indexedDB.open("kring", 1);
  opened.onupgradeneeded = () => opened.result.createObjectStore("files");
  opened.onerror = () => resolve(undefined);
  opened.onsuccess = () => {
    const transaction = opened.result.transaction("files", mode);
    const request = act(transaction.objectStore("files"));
    transaction.oncomplete = () => { opened.result.close(); resolve(request.result); };
    transaction.onerror = transaction.onabort = () => { opened.result.close(); resolve(undefined); };
  };
}).catch(() => undefined);

const forget = (place, address) => {
  note(place, (known) => delete known[address]);
  return shelf("readwrite", (store) => store.delete(address));
};

// What was begun in a place and is not whole, and is not going on in another window: [{address, name, alike, file?}].
export async function unfinished(place) {
  const held = new Set(((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name));
  const found = Object.entries(list(place)).filter(([, known]) => !held.has(lock(place, known.alike)));
  return Promise.all(found.map(async ([address, known]) => {
    const file = await shelf("readonly", (store) => store.get(address));
    return { address, ...known, file: file && alike(file) === known.alike ? file : null };
  }));
}

export async function cancel(place, address) {
  await forget(place, address);
  for (let tries = 3; tries; tries -= 1) {
    const answer = await ask("DELETE", address).catch(() => null);
    if (answer && answer.status !== 423) return;
    await new Promise((go) => setTimeout(go, 1000));
  }
}

// One part. Never fails: {status, offset, detail}, and status 0 where no answer came.
const part = (address, blob, at, progress, signal) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  const stop = () => request.abort();
  const end = () => {
    signal.removeEventListener("abort", stop);
    const answered = request.status && request.getResponseHeader("Tus-Resumable");
    resolve({ status: answered || request.status >= 500 ? request.status : request.status && 403, offset: Number(request.getResponseHeader("Upload-Offset") ?? NaN), detail: request.response?.detail });
  };
  request.open("PATCH", address);
  for (const [name, value] of Object.entries(headers({ "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream" }))) request.setRequestHeader(name, value);
  request.responseType = "json";
  request.timeout = PATIENCE;
  request.upload.onprogress = (event) => progress(at + event.loaded);
  request.onloadend = end;
  signal.addEventListener("abort", stop);
  request.send(blob);
});

// A while, or until the network is back, or until it is called off.
const pause = (seconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(done, seconds * 1000);
  function done() {
    clearTimeout(timer);
    removeEventListener("online", done);
    signal.removeEventListener("abort", done);
    resolve();
  }
  addEventListener("online", done);
  signal.addEventListener("abort", done);
});

const announce = async (file) => {
  const name = file.name || "file";
  const answer = await ask("POST", "/files/parts/", { "Upload-Length": String(file.size), "Upload-Metadata": `filename ${base64(name)}` });
  const address = answer.headers.get("Location");
  if (answer.status === 201 && address) return address;
  const said = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(said.detail || ""), { final: answer.status < 500 || answer.status === 507 });
};

// All of it is there, and the server looks at it: what it became, or why it was not taken.
const became = async (address, signal) => {
  for (let seconds = 0.5; !signal.aborted; seconds = Math.min(seconds * 1.5, 5)) {
    const answer = await ask("GET", address);
    if (!answer.ok) throw new Error("");
    const said = await answer.json();
    if (said.state === "ready" || said.state === "refused") return said;
    await news("files.sending.", seconds, signal);
  }
  throw new Error("");
};

// Send a file; resolves to what the server says of it. `waiting("offline")` while there is no line, `waiting("held")`
// while `gate` is closed, `waiting("checking")` when all of it is there, and `waiting("")` after each of them.
export default async function send(file, progress, { signal, place, waiting = () => {}, gate }) {
  let [address] = Object.entries(list(place)).find(([, known]) => known.alike === alike(file)) ?? [];
  let size = FIRST;
  let fruitless = 0;
  let at = NaN; // how far it is; not known until the server has said so
  const again = async () => {
    if (navigator.onLine !== false) fruitless += 1;
    if (fruitless > TRIES) throw new Error("");
    waiting("offline");
    await pause(PAUSES[Math.min(fruitless, PAUSES.length) - 1] ?? 30, signal);
  };
  const go = async () => {
    for (;;) {
      if (signal.aborted) throw new Error("");
      try {
        if (!address) {
          address = await announce(file);
          at = 0;
          note(place, (known) => { known[address] = { name: file.name, alike: alike(file) }; });
          if (file.size <= KEPT) shelf("readwrite", (store) => store.put(file, address));
        }
        if (Number.isNaN(at)) {
          const answer = await ask("HEAD", address);
          if (answer.status === 404) { await forget(place, address); address = null; continue; }
          if (!answer.ok && answer.status !== 410) throw new Error("");
          at = Number(answer.headers.get("Upload-Offset"));
        }
        progress(at / file.size);
        if (at === file.size) {
          waiting("checking");
          const said = await became(address, signal);
          await forget(place, address);
          if (said.file) return said.file;
          if (said.state === "refused") ask("DELETE", address).catch(() => {});
          throw Object.assign(new Error(said.detail ?? ""), { final: true });
        }
        if (gate?.closed) {
          waiting("held");
          await gate.opened(signal);
          if (signal.aborted) throw new Error("");
        }
        waiting("");
      } catch (error) {
        if (error.final) throw error;
        at = NaN;
        await again();
        continue;
      }
      const stop = new AbortController();
      const halt = () => stop.abort();
      signal.addEventListener("abort", halt);
      gate?.closes(halt);
      const answer = await part(address, file.slice(at, at + size), at, (sent) => progress(Math.min(sent / file.size, 1)), stop.signal);
      signal.removeEventListener("abort", halt);
      if (signal.aborted) throw new Error("");
      // Held in the middle of a part: what of it has arrived, the server says when it goes on.
      if (gate?.closed) { at = NaN; continue; }
      if (answer.status === 204 && answer.offset > at) {
        at = answer.offset;
        fruitless = 0;
        size = Math.min(size * 2, MOST);
      } else if ([0, 404, 409, 423, 460].includes(answer.status) || (answer.status >= 500 && answer.status !== 507)) {
        // What of it has arrived, the server says; less at once goes through a bad line more easily.
        size = Math.max(size / 4, LEAST);
        at = NaN;
        if (answer.status !== 404) await again();
      } else {
        if ([413, 415, 422].includes(answer.status)) await forget(place, address);
        throw new Error(answer.detail || "");
      }
    }
  };
  signal.addEventListener("abort", () => { if (address) cancel(place, address); });
  // Two windows do not send the same file.
  return navigator.locks ? navigator.locks.request(lock(place, alike(file)), { signal }, go) : go();
}

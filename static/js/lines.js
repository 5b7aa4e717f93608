// Files that somebody sends, a line each: how far it is, to hold it and let it go on, and a way back. The composer and
// the libraries of groups use it; the words come from the template.
import { LARGE, news, upload } from "kring/upload";

// Holds a sending back and lets it go on: `set(true)` closes it.
class Gate {
  closed = false;
  #events = new EventTarget();
  set(closed) {
    this.closed = closed;
    this.#events.dispatchEvent(new Event(closed ? "closes" : "opens"));
  }
  closes(act) { this.#events.addEventListener("closes", act, { once: true }); }
  opened(signal) {
    return new Promise((resolve) => {
      this.#events.addEventListener("opens", resolve, { once: true });
      signal.addEventListener("abort", resolve, { once: true });
    });
  }
}

export function row(list, name, words) {
  const item = document.createElement("li");
  const thumb = document.createElement("span");
  thumb.className = "thumb";
  thumb.textContent = /\.(\w{1,4})$/.exec(name)?.[1].toUpperCase() ?? "";
  thumb.setAttribute("aria-hidden", "true");
  const label = document.createElement("span");
  label.className = "name";
  label.textContent = name;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "icon s";
  remove.textContent = "×";
  remove.setAttribute("aria-label", `${words.remove} ${name}`);
  item.append(thumb, label, remove);
  list.append(item);
  return { item, thumb, remove };
}

export function fail(line, instead, text, ...more) {
  line.item.classList.add("bad");
  const said = document.createElement("span");
  said.setAttribute("role", "alert");
  said.append(text, ...more);
  if (instead?.isConnected) instead.replaceWith(said); else line.item.append(said);
}

// Begin with a file: its line, and what the server says of it in the end (nothing where it was refused or taken back).
export function begin(list, file, { words, place, group, again }) {
  // One that was to be chosen again goes on where it was.
  for (const other of list.children) if (other.dataset.alike === `${file.name}|${file.size}|${file.lastModified}`) other.remove();
  const line = row(list, file.name, words);
  const bar = document.createElement("progress");
  Object.assign(bar, { max: 1, value: 0 });
  bar.setAttribute("aria-label", `${words.uploading} ${file.name}`);
  const waits = document.createElement("span");
  waits.className = "waits";
  waits.setAttribute("role", "status");
  line.item.append(bar, waits);
  const stop = new AbortController();
  line.remove.onclick = () => { stop.abort(); line.item.remove(); };
  let hold;
  let gate;
  if (place && file.size > LARGE) {
    gate = new Gate();
    hold = document.createElement("button");
    Object.assign(hold, { type: "button", className: "link hold", textContent: words.hold });
    hold.onclick = () => {
      gate.set(!gate.closed);
      hold.textContent = gate.closed ? words.go : words.hold;
    };
    line.item.append(hold);
  }
  const waiting = (why) => {
    waits.textContent = words[why] ?? "";
    if (why === "checking") { bar.removeAttribute("value"); hold?.remove(); }
  };
  const sent = upload(file, (part) => { bar.value = part; }, { signal: stop.signal, group, place, waiting, gate })
    .catch((error) => {
      if (stop.signal.aborted) return;
      const repeat = document.createElement("button");
      Object.assign(repeat, { type: "button", className: "link", textContent: words.again });
      repeat.onclick = () => { line.item.remove(); again(file); };
      fail(line, bar, error.message === "large" ? words.large : error.message || words.failed, ...(error.message ? [] : [" ", repeat]));
    })
    .finally(() => { waits.remove(); hold?.remove(); });
  return { line, sent };
}

// Large files that were on their way when the page was left: those the browser still has go on, the others are named.
export async function resume(list, { words, place, send }) {
  const parts = await import("kring/parts");
  for (const one of await parts.unfinished(place)) {
    if (one.file) { send(one.file); continue; }
    const line = row(list, one.name, words);
    line.item.dataset.alike = one.alike;
    fail(line, null, words.choose);
    line.remove.onclick = () => { parts.cancel(place, one.address); line.item.remove(); };
  }
}

// What becomes of a picture that the server is still writing anew, while its line is there; null where it is gone.
export async function settled(file, line) {
  const whole = new AbortController();
  let now = file;
  for (let seconds = 1; now.state === "processing" && line.item.isConnected; seconds = Math.min(seconds * 1.5, 10)) {
    await news("files.file.", seconds, whole.signal);
    const answer = await fetch(`${file.url}card/`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.status === 404) return null;
    if (answer?.ok) now = await answer.json();
  }
  return now;
}

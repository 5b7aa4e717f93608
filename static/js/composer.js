// Writing: the field grows, the draft is kept (per person and place) and restored, files come by button, paste and
// drop, Ctrl+Enter sends, and nothing is lost when sending fails.
import complete from "kring/complete";
import drafts from "kring/draft";
import { token } from "kring/react";
import "kring/toast"; // so that it is here when the line is down
import { begin, fail, resume, row, settled } from "kring/lines";

const known = new WeakSet();
const grows = CSS.supports("field-sizing", "content");

export default function (form) {
  if (known.has(form)) return;
  known.add(form);
  const field = form.querySelector("textarea");
  const words = form.querySelector("[data-words]")?.dataset ?? {};
  const state = form.querySelector("[data-state]");
  const left = form.querySelector("[data-left]");
  const attached = form.querySelector("[data-attached]");
  const picker = form.querySelector("[data-attach]");
  const audience = form.querySelector("[data-audience]");
  const most = Number(form.dataset.max) || 20_000;
  const key = `draft:${document.body.dataset.person}:${form.dataset.place}`;
  let original = field.defaultValue;
  let files = []; // {id, name, url, thumb, alt} of what has been uploaded
  let running = 0;
  let timer;

  // Who will see it and what it is belong to the draft: text meant for twelve must not come back aimed at everyone.
  const choices = () => [...form.elements].filter((element) => element.name && element.matches("select, [type=radio], [type=checkbox], [data-keep]"));
  const chosen = () => choices().map((element) => [element.name, element.matches("select, [data-keep]") ? element.value : element.value + element.checked]);
  const choose = (saved) => {
    for (const [index, element] of choices().entries()) {
      const [name, value] = saved?.[index] ?? [];
      if (name !== element.name) continue;
      if (element.matches("select")) { if ([...element.options].some((option) => option.value === value)) element.value = value; }
      else if ("keep" in element.dataset) element.value = value;
      else element.checked = value === `${element.value}true`;
    }
  };
  const begun = () => localStorage.getItem(`${key}:parts`);
  const tell = (text) => { if (state) state.textContent = text ?? ""; };
  const grow = () => {
    if (grows) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };
  const measure = () => {
    const length = [...field.value].length;
    form.classList.toggle("used", Boolean(field.value || files.length));
    if (!left) return;
    const over = length - most;
    left.classList.toggle("over", over > 0);
    left.textContent = over > 0 ? words.over?.replace("{n}", over) : length > most * 0.8 ? `${most - length}` : "";
    if (over > 0) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
  };
  const store = () => {
    try {
      localStorage.setItem(key, JSON.stringify({ text: field.value, base: original, files, parent: form.elements.parent?.value, chosen: chosen(), id: form.elements.draft?.value, at: Date.now() }));
      tell(state?.dataset.saved);
    } catch { /* no room or not allowed: the field itself still has it */ }
  };
  const server = drafts(form, store);
  const forget = (sent = false) => {
    clearTimeout(timer);
    localStorage.removeItem(key);
    server.drop(sent);
    // Of a file that was to be chosen again, and was not, nothing is kept.
    if (sent && begun()) import("kring/parts").then((parts) => parts.unfinished(key).then((left) => left.forEach((one) => parts.cancel(key, one.address))));
  };
  const keep = () => {
    clearTimeout(timer);
    if (field.value === original && !files.length) return forget();
    server.later();
    store();
  };

  // The words that stand for a picture go to the picture itself; taking a file back removes it from the server.
  const ask = (address, body = new FormData()) => fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), Accept: "application/json" } }).catch(() => {});
  const describe = (file) => {
    const body = new FormData();
    body.append("alt", file.alt ?? "");
    return ask(file.url, body);
  };
  const done = (line, file) => {
    const id = document.createElement("input");
    Object.assign(id, { type: "hidden", name: "file", value: file.id });
    line.item.append(id);
    line.item.querySelector("progress")?.remove();
    const seen = file.thumb || line.preview || (file.kind === "image" && `${file.url}320/`);
    if (seen) {
      const image = document.createElement("img");
      Object.assign(image, { src: seen, alt: "", width: 56, height: 56, className: "thumb" });
      // The picture is still being checked for viruses, or the browser cannot draw what a phone has sent: ours comes soon.
      let tries = 4;
      image.onerror = () => {
        if (tries) setTimeout(() => { image.src = `${file.url}320/?${tries}`; }, 1500);
        else image.replaceWith(line.thumb);
        tries -= 1;
      };
      line.thumb.replaceWith(image);
    }
    if (file.kind === "image" || file.thumb) {
      const alt = document.createElement("input");
      Object.assign(alt, { name: `alt-${file.id}`, className: "alt", placeholder: words.alt, maxLength: 500, value: file.alt ?? "" });
      alt.setAttribute("aria-label", words.alt);
      alt.addEventListener("input", () => { file.alt = alt.value; clearTimeout(timer); timer = setTimeout(keep, 400); });
      alt.addEventListener("change", () => describe(file));
      line.item.append(alt);
    }
    // A large picture is written anew by the server: it may turn out to be damaged.
    if (file.state === "processing") settled(file, line).then((now) => {
      file.state = now?.state ?? "ready";
      if (now?.state !== "refused" || !line.item.isConnected) return;
      files = files.filter((other) => other !== file);
      id.remove();
      line.item.querySelector(".alt")?.remove();
      fail(line, null, now.why);
      keep();
    });
    line.remove.onclick = () => {
      files = files.filter((other) => other !== file);
      ask(`${file.url}discard/`);
      line.item.remove();
      keep();
      measure();
    };
  };
  const attach = async (list) => {
    if (!attached) return;
    for (const file of list) {
      const { line, sent } = begin(attached, file, { words, place: key, group: form.dataset.completeGroup, again: (one) => attach([one]) });
      running += 1;
      form.classList.add("used");
      sent.then((answer) => {
        if (!answer) return;
        files.push(answer);
        // Until the server may give the picture, the browser shows its own.
        if (!answer.thumb && answer.kind === "image") line.preview = URL.createObjectURL(file);
        done(line, answer);
        keep();
      }).finally(() => { running -= 1; measure(); });
    }
  };

  // Restore: only into a field that still holds what the draft began with.
  try {
    const draft = JSON.parse(localStorage.getItem(key) ?? "null");
    // The server gave back what it refused: the field is not at its beginning, the draft goes on.
    if (draft && draft.base !== original && draft.text === original) {
      original = draft.base;
      tell(words.kept);
    } else if (draft && draft.base === original && field.value === original) {
      field.value = draft.text;
      choose(draft.chosen);
      if (form.elements.parent && draft.parent) form.elements.parent.value = draft.parent;
      if (form.elements.draft && draft.id) form.elements.draft.value = draft.id;
      for (const file of draft.files ?? []) { files.push(file); if (attached) done(row(attached, file.name, words), file); }
      tell(words.restored);
    } else if (draft && draft.base !== original) localStorage.removeItem(key);
    else {
      server.fetch().then((found) => {
        if (!found) return;
        field.value = found.body;
        for (const element of choices()) {
          if (element.name === "group" && [...element.options].some((option) => option.value === found.group)) element.value = found.group;
          else if (element.name === "kind") element.checked = element.value === found.kind;
          else if (element.type === "checkbox") element.checked = Boolean(found[element.name]);
          else if (element.name !== "group" && found[element.name]) element.value = found[element.name];
        }
        for (const file of found.files) { files.push(file); if (attached) done(row(attached, file.name, words), file); }
        grow();
        measure();
        shown();
        tell(words.restored);
      });
    }
  } catch { localStorage.removeItem(key); }
  // Large files that were on their way when the page was left: those the browser still has go on.
  if (attached && begun()) {
    resume(attached, { words, place: key, send: (one) => attach([one]) });
  }
  grow();
  measure();

  const place = () => form.dataset.completeGroup;
  complete(field, { group: place, words });
  // The tools come when someone writes, not before.
  const tools = import("kring/writing").then((module) => {
    const box = form.querySelector("[data-words]");
    if (box) module.default(form, field, box);
    if (attached) module.order(attached, words, () => {
      const ids = [...attached.querySelectorAll("[name=file]")].map((one) => one.value);
      files.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
      keep();
    });
    return module;
  });
  const people = form.querySelector("[data-people]");
  if (people) complete(people, { group: place, words, only: "@" });
  field.addEventListener("input", () => { grow(); measure(); clearTimeout(timer); timer = setTimeout(keep, 300); });
  addEventListener("pagehide", () => { if (form.isConnected && field.value !== original) keep(); });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(form.querySelector("button:not([type=button]):not([formaction])")); }
    else if (event.key === "Escape" && !event.defaultPrevented) field.blur();
  });
  field.addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (pasted.length && attached) { event.preventDefault(); attach(pasted); return; }
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text && attached) tools.then((module) => module.pasted(form, field, text, words, attach));
  });
  picker?.addEventListener("change", () => { attach([...picker.files]); picker.value = ""; });
  if (attached) {
    const inside = (event) => event.dataTransfer?.types.includes("Files");
    form.addEventListener("dragover", (event) => { if (inside(event)) { event.preventDefault(); form.classList.add("drop"); } });
    form.addEventListener("dragleave", (event) => { if (!form.contains(event.relatedTarget)) form.classList.remove("drop"); });
    form.addEventListener("drop", (event) => { if (inside(event)) { event.preventDefault(); form.classList.remove("drop"); attach([...event.dataTransfer.files]); } });
  }
  const shown = () => {
    const option = audience?.selectedOptions[0];
    const who = form.querySelector(".who");
    if (!option?.dataset.who || !who) return;
    who.querySelector("span").textContent = option.dataset.who;
    who.classList.toggle("private", "private" in option.dataset);
    const use = who.querySelector("use");
    if (use) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "private" in option.dataset ? "#lock" : "#globe"));
    form.dataset.completeGroup = option.value;
  };
  audience?.addEventListener("change", shown);
  form.addEventListener("change", (event) => {
    // A post is of one kind.
    if (event.target.name === "kind" && event.target.checked) for (const other of form.querySelectorAll("[name=kind]")) if (other !== event.target) other.checked = false;
    if (choices().includes(event.target)) keep();
  });
  shown();

  form.addEventListener("submit", (event) => {
    if (running) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return tell(words.waiting);
    }
    keep();
    // What was uploaded goes by its id; the picker itself sends nothing more.
    if (picker) picker.disabled = true;
    tell(words.sending);
    if (!form.hasAttribute("hx-post")) sessionStorage.setItem("sent", key);
    setTimeout(() => { if (picker) picker.disabled = false; });
  }, true);
  form.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt === form) form.classList.add("pending"); });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== form) return;
    form.classList.remove("pending");
    if (!event.detail.successful) {
      keep();
      return tell(words.kept);
    }
    forget(true);
    tell("");
    if (!form.isConnected) return;
    files = [];
    attached?.replaceChildren();
    form.reset();
    form.classList.remove("open");
    if (form.elements.parent) form.elements.parent.value = "";
    grow();
    measure();
    shown();
  });
}

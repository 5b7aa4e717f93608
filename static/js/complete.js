// @people, #topics and :emoji: while typing, by keyboard: a listbox under the caret that the field points at.

const sources = { "@": "/people/complete/", "#": "/topics/complete/", ":": "/emoji/complete/" };
let count = 0;

// Where the caret is, in the coordinates of the field's positioned parent.
function caret(field) {
  const mirror = document.createElement("div");
  const style = getComputedStyle(field);
  for (const name of ["font", "letterSpacing", "lineHeight", "padding", "border", "boxSizing", "textIndent", "tabSize"]) mirror.style[name] = style[name];
  Object.assign(mirror.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", width: `${field.clientWidth}px`, left: 0, top: 0 });
  mirror.textContent = field.value.slice(0, field.selectionStart);
  const mark = document.createElement("span");
  mark.textContent = "\u200b";
  mirror.append(mark);
  field.parentElement.append(mirror);
  const place = { left: field.offsetLeft + mark.offsetLeft, top: field.offsetTop + mark.offsetTop + mark.offsetHeight - field.scrollTop };
  mirror.remove();
  return place;
}

export default function (field, { group = () => "", words = {}, only = "" } = {}) {
  if (field.dataset.completes) return;
  field.dataset.completes = "1";
  const id = `complete-${++count}`;
  const list = document.createElement("ul");
  list.className = "complete";
  list.id = id;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  field.parentElement.append(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-haspopup", "listbox");
  field.setAttribute("aria-controls", id);

  let start = 0;
  let chosen = -1;
  let found = [];
  let asking;
  let timer;

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    found = [];
    chosen = -1;
    delete field.dataset.emoji;
    field.removeAttribute("aria-activedescendant");
  };
  const choose = (index) => {
    chosen = index;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = list.children[index];
    if (option) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
  };
  const take = (index) => {
    const item = found[index];
    if (!item || item.can === false) return;
    field.setRangeText(`${item.value} `, start, field.selectionStart, "end");
    close();
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  const draw = (sign) => {
    list.replaceChildren(...found.map((item, index) => {
      const option = document.createElement("li");
      option.id = `${id}-${index}`;
      option.setAttribute("role", "option");
      if (item.can === false) option.setAttribute("aria-disabled", "true");
      if (item.initials) {
        const face = document.createElement("span");
        face.className = "av xs";
        face.dataset.h = item.hue ?? 0;
        face.setAttribute("aria-hidden", "true");
        if (item.picture) {
          const image = document.createElement("img");
          Object.assign(image, { src: item.picture, alt: "" });
          face.append(image);
        } else face.textContent = item.initials;
        option.append(face);
      }
      const name = document.createElement("span");
      name.textContent = item.name;
      option.append(name);
      if (item.note) { const note = document.createElement("small"); note.textContent = item.note; option.append(note); }
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(index); });
      return option;
    }));
    list.setAttribute("aria-label", sign === "@" ? words.people : sign === "#" ? words.topics : words.emoji);
    list.hidden = !found.length;
    if (!found.length) return close();
    const place = caret(field);
    list.style.left = `${Math.max(0, Math.min(place.left, field.parentElement.clientWidth - list.offsetWidth))}px`;
    list.style.top = `${place.top + 4}px`;
    // Above the line where there is no room under it.
    if (list.getBoundingClientRect().bottom > innerHeight - 8) list.style.top = `${place.top - list.offsetHeight - parseFloat(getComputedStyle(field).lineHeight || 20) - 8}px`;
    choose(found.findIndex((item) => item.can !== false));
    const live = document.getElementById("live");
    if (live && words.found) live.textContent = words.found.replace("{n}", found.length);
  };
  const look = () => {
    const before = field.value.slice(0, field.selectionStart);
    // A field for people alone needs no sign.
    const match = only ? before.match(new RegExp(`(?:^|[\\s,;])(${only}?)([\\p{L}\\p{N}\\p{M}._+-]{0,40})$`, "u")) : before.match(/(?:^|[\s(\[{"'«“,;:/])([@#:])([\p{L}\p{N}\p{M}._+-]{0,40})$/u);
    if (only && match && !match[1] && !match[2]) return close();
    if (!match || field.selectionStart !== field.selectionEnd || (match[1] === "#" && !match[2]) || (match[1] === ":" && match[2].length < 2 && !field.dataset.emoji)) return close();
    const sign = match[1] || only;
    start = before.length - match[2].length - match[1].length;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      try {
        const query = new URLSearchParams({ q: match[2], group: group() ?? "", ...(only && { only: "1" }) });
        const answer = await fetch(`${sources[sign]}?${query}`, { signal: asking.signal, headers: { Accept: "application/json" } });
        if (!answer.ok) return close();
        const body = await answer.json();
        found = (Array.isArray(body) ? body : body.items ?? []).slice(0, 8);
        draw(sign);
      } catch { /* a newer question took its place, or the line is down: typing goes on */ }
    }, 120);
  };

  field.addEventListener("input", (event) => { if (!event.isComposing) look(); });
  field.addEventListener("click", look);
  field.addEventListener("blur", () => setTimeout(close, 100));
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") choose((chosen + 1) % found.length);
    else if (event.key === "ArrowUp") choose((chosen - 1 + found.length) % found.length);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey || event.key === "Tab" && !event.shiftKey) { if (chosen < 0) return close(); take(chosen); }
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

// People, groups and topics while typing in the search box: a listbox under it. Enter without a choice searches.

export default function (field) {
  if (field.dataset.finds) return;
  field.dataset.finds = "1";
  const list = document.createElement("ul");
  list.className = "complete finds";
  list.id = "finds";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.getAttribute("aria-label") ?? "");
  list.hidden = true;
  field.form.append(list);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");

  let chosen = -1;
  let timer;
  let asking;

  const show = (items) => {
    list.replaceChildren(...items.map((item, at) => {
      const option = document.createElement("li");
      const link = document.createElement("a");
      option.id = `find-${at}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      link.href = item.url;
      link.tabIndex = -1;
      link.textContent = item.label;
      option.append(link);
      return option;
    }));
    chosen = -1;
    list.hidden = !items.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  };
  const close = () => { clearTimeout(timer); asking?.abort(); show([]); };
  const choose = (at) => {
    const options = [...list.children];
    chosen = (at + options.length) % options.length;
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === chosen)));
    field.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    asking?.abort();
    const word = field.value.trim();
    if (word.length < 2 || /[\s:"]/.test(word)) return show([]);
    asking = new AbortController();
    try {
      const answer = await fetch(`/search/suggest/?q=${encodeURIComponent(word)}`, { signal: asking.signal });
      if (answer.ok && !answer.redirected) show((await answer.json()).items);
    } catch { /* Offline, or asked again meanwhile: the box searches as it is. */ }
  };

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); list.children[chosen].querySelector("a").click(); }
  });
  field.addEventListener("blur", () => setTimeout(() => { if (!list.matches(":hover")) close(); }, 100));
}

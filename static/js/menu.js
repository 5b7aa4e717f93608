// <details class="menu"> as an ARIA menu: arrows, Home, End, letters, Escape, a click elsewhere. A panel that holds
// fields (data-plain) stays a plain disclosure.

const items = (menu) => [...menu.querySelectorAll(".menu-panel :is(a[href], button):not(:disabled)")].filter((item) => item.checkVisibility());

function dress(menu) {
  const panel = menu.querySelector(".menu-panel");
  const summary = menu.querySelector("summary");
  const first = !menu.dataset.dressed;
  menu.dataset.dressed = "1";
  // A list that is asked for when it is opened is dressed when it comes.
  if (first) new MutationObserver(() => { dress(menu); if (menu.open) place(menu); }).observe(panel, { childList: true });
  if (panel.matches("[data-plain]") || panel.querySelector("select, textarea, input:not([type=hidden])")) return;
  const name = summary.getAttribute("aria-label") || summary.textContent.trim();
  panel.setAttribute("role", "menu");
  panel.setAttribute("aria-label", name);
  for (const wrapper of panel.querySelectorAll("form, li, ul, div")) wrapper.setAttribute("role", "none");
  for (const item of panel.querySelectorAll("a[href], button")) {
    item.setAttribute("role", item.hasAttribute("aria-pressed") ? "menuitemcheckbox" : "menuitem");
    if (item.hasAttribute("aria-pressed")) { item.setAttribute("aria-checked", item.getAttribute("aria-pressed")); item.removeAttribute("aria-pressed"); }
    item.tabIndex = -1;
  }
  if (!first) return;
  menu.addEventListener("keydown", (event) => {
    const all = items(menu);
    const at = all.indexOf(document.activeElement);
    const go = (index) => { event.preventDefault(); event.stopPropagation(); all.at(index % all.length)?.focus(); };
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(menu, true); }
    else if (event.key === "Tab") close(menu, false);
    else if (!menu.open) { if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); menu.dataset.from = event.key; menu.open = true; } }
    else if (event.key === "ArrowDown" || event.key === "ArrowRight") go(at + 1);
    else if (event.key === "ArrowUp" || event.key === "ArrowLeft") go(at < 0 ? -1 : at - 1 + all.length);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(-1);
    else if (event.key.length === 1 && /\S/.test(event.key) && at >= 0) {
      const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()));
      if (next) { event.preventDefault(); event.stopPropagation(); next.focus(); }
    }
  });
  menu.addEventListener("click", (event) => { if (event.target.closest(".menu-panel :is(a, button)")) setTimeout(() => close(menu, false)); });
}

function place(menu) {
  const panel = menu.querySelector(".menu-panel");
  const box = panel.getBoundingClientRect();
  if (box.bottom > innerHeight - 8 && box.height < menu.getBoundingClientRect().top) menu.classList.add("up");
  if (box.left < 0) menu.classList.add("left");
  else if (box.right > document.documentElement.clientWidth) menu.classList.remove("left");
  if (menu.querySelector("summary").matches(":focus-visible") || panel.matches(":focus-within")) items(menu).at(menu.dataset.from === "ArrowUp" ? -1 : 0)?.focus();
}

function close(menu, back) {
  if (!menu.open) return;
  menu.open = false;
  if (back) menu.querySelector("summary").focus();
}

document.addEventListener("pointerdown", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) close(menu, false);
});
addEventListener("pageshow", () => { for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false; });

export default function (menu) {
  dress(menu);
  if (!menu.open) return;
  // A list that is fetched when it is wanted: its link is the page of the same list.
  const late = menu.querySelector(".menu-panel > a[data-load]:only-child");
  if (late && !late.dataset.asked) {
    late.dataset.asked = "1";
    window.htmx.ajax("GET", late.href, { target: late.parentElement, swap: "innerHTML" });
  }
  for (const other of document.querySelectorAll("details.menu[open]")) if (other !== menu) other.open = false;
  place(menu);
  delete menu.dataset.from;
}

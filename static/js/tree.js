// A list of people with branches as an ARIA tree: up and down walk, right opens or goes in, left closes or goes out.

const lines = (tree) => [...tree.querySelectorAll("li[id]")].filter((line) => line.querySelector(".node").checkVisibility());
const branch = (line) => line.querySelector(":scope > details");

function dress(tree) {
  tree.setAttribute("role", "tree");
  for (const list of tree.querySelectorAll("ul")) list.setAttribute("role", "group");
  for (const other of tree.querySelectorAll("li:not([id])")) other.setAttribute("role", "none");
  for (const line of tree.querySelectorAll("li[id]")) {
    line.setAttribute("role", "treeitem");
    line.setAttribute("aria-label", line.querySelector(".who").innerText.replace(/\s+/g, " ").trim());
    if (branch(line)) line.setAttribute("aria-expanded", String(branch(line).open));
    if (!line.hasAttribute("tabindex")) line.tabIndex = -1;
    for (const inner of line.querySelectorAll(":scope > .node a, :scope > details > summary")) inner.tabIndex = -1;
  }
  if (!tree.querySelector("li[tabindex='0']")) lines(tree)[0]?.setAttribute("tabindex", "0");
}

function go(tree, line) {
  if (!line) return;
  tree.querySelector("li[tabindex='0']")?.setAttribute("tabindex", "-1");
  line.tabIndex = 0;
  line.focus();
}

export default function walk(tree) {
  dress(tree);
  if (tree.dataset.dressed) return;
  tree.dataset.dressed = "1";
  tree.addEventListener("keydown", (event) => {
    const line = event.target.closest("li[id]");
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = lines(tree);
    const at = all.indexOf(line);
    const details = branch(line);
    const keys = {
      ArrowDown: () => go(tree, all[at + 1]),
      ArrowUp: () => go(tree, all[at - 1]),
      Home: () => go(tree, all[0]),
      End: () => go(tree, all.at(-1)),
      ArrowRight: () => { if (details && !details.open) details.open = true; else if (details) go(tree, all[at + 1]); },
      ArrowLeft: () => { if (details?.open) details.open = false; else go(tree, line.parentElement.closest("li[id]")); },
      Enter: () => line.querySelector(".node a").click(),
    };
    let act = keys[event.key];
    if (!act && /^\S$/.test(event.key)) {
      const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((one) => one.getAttribute("aria-label").toLowerCase().startsWith(event.key.toLowerCase()));
      act = next && (() => go(tree, next));
    }
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  tree.addEventListener("toggle", () => dress(tree), true);
  tree.addEventListener("htmx:afterSwap", () => dress(tree));
}

// A sentence in the corner that goes away by itself; errors stay until they are closed.

const area = () => document.getElementById("toasts");

function adopt(toast) {
  if (toast.dataset.known) return;
  toast.dataset.known = "1";
  const close = document.createElement("button");
  close.className = "icon s";
  close.type = "button";
  close.setAttribute("aria-label", area().dataset.close);
  close.textContent = "×";
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (toast.matches(".error, .warning")) return;
  const held = () => toast.matches(":hover, :focus-within");
  const leave = () => (held() ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, 7000);
}

export function toast(text, { kind = "info", action = "", run } = {}) {
  const box = area();
  if (!box || !text) return;
  for (const same of box.children) if (same.dataset.text === text) same.remove();
  const toast = document.createElement("div");
  toast.className = `toast ${kind}`;
  toast.dataset.text = text;
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = action;
    button.addEventListener("click", () => { toast.remove(); run(); });
    toast.append(button);
  }
  box.append(toast);
  while (box.children.length > 3) box.firstElementChild.remove();
  adopt(toast);
  return toast;
}

export default adopt;

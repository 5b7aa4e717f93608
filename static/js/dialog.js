// Opens a native <dialog>: data-dialog names it; data-keys is the list of shortcuts.

export function show(dialog) {
  if (!dialog.dataset.known) {
    dialog.dataset.known = "1";
    dialog.addEventListener("click", (event) => {
      // A click on the backdrop reaches the dialog itself, outside its box.
      const box = dialog.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (event.target === dialog && !inside) dialog.close("no");
    });
  }
  if (!dialog.open) dialog.showModal();
}

export default function (button) {
  const dialog = document.getElementById(button.dataset.dialog || "keys");
  if (dialog) show(dialog);
  else if (button.href) location.assign(button.href);
  if (dialog?.id === "keys") import("kring/shortcuts").then((module) => module.choice(dialog));
}

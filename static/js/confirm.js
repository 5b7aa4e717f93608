// Asks before a dangerous act: data-confirm (what it means), data-confirm-title, data-confirm-yes.
import { pass } from "kring/kring";
import { show } from "kring/dialog";

export default function (element) {
  const dialog = document.getElementById("confirm");
  if (!dialog) return pass(element);
  const title = dialog.querySelector("[data-title]");
  const yes = dialog.querySelector("[data-yes]");
  title.textContent = element.dataset.confirmTitle || title.dataset.default;
  dialog.querySelector("[data-text]").textContent = element.dataset.confirm;
  yes.textContent = element.dataset.confirmYes || yes.dataset.default;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") pass(element); }, { once: true });
  show(dialog);
}

// Light, dark, or as the device says. Kept in a cookie, so that the next page comes in the right one.

export default function (button) {
  const choice = button.dataset.themeChoice;
  const root = document.documentElement;
  const secure = location.protocol === "https:" ? ";secure" : "";
  if (choice === "auto") {
    delete root.dataset.theme;
    document.cookie = `theme=;path=/;max-age=0;samesite=lax${secure}`;
  } else {
    root.dataset.theme = choice;
    document.cookie = `theme=${choice};path=/;max-age=31536000;samesite=lax${secure}`;
  }
  for (const other of document.querySelectorAll("[data-theme-choice]")) {
    if (other.dataset.themeChoice === choice) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
  }
  button.closest("details")?.removeAttribute("open");
}

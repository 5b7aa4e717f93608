// Puts a player into the card of its link, and takes it away: by its buttons, or with Escape while the focus is beside
// it. What comes and goes is drawn by the server, which asks once more whether the player is allowed; nothing is asked
// of its host before.

export default async function (control) {
  const place = control.closest("[data-player]");
  const opens = control.matches("button");
  const card = place.parentElement;
  const at = [...card.children].indexOf(place);
  const address = opens ? control.getAttribute("formaction") : control.getAttribute("href");
  await window.htmx.ajax(opens ? "POST" : "GET", address, { source: control, target: place, swap: "outerHTML", values: opens ? { link: control.value } : {} });
  // The finger stays where it was: in the player, or on the button that brings it back.
  card.children[at]?.querySelector("iframe, button")?.focus();
}

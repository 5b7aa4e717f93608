// The draft on the server, so that what was begun here can be finished elsewhere: sent a few seconds after the last
// key, taken away with the last letter. The copy in this browser (js/composer.js) is the quick one.
import { token } from "kring/react";

const WAIT = 2500;

export default function (form, known) {
  const field = form.querySelector("textarea");
  const id = form.elements.draft;
  const place = form.dataset.place;
  // What stands under an edit is said already; what waits for its hour changes only when it is scheduled again.
  const off = !id || place.startsWith("edit-") || form.elements.at?.defaultValue;
  let timer;
  let sending = false;

  const send = (address, body) => fetch(address, { method: "POST", body, keepalive: true, headers: { "X-CSRFToken": token(), Accept: "application/json" } });
  const save = async () => {
    clearTimeout(timer);
    if (sending) return later();
    sending = true;
    try {
      const body = new FormData(form);
      for (const name of ["files", "csrfmiddlewaretoken", "at"]) body.delete(name);
      if (!place.startsWith("draft-")) body.set("place", place);
      const answer = await send("/drafts/keep/", body);
      const said = answer.ok ? await answer.json() : null;
      if (said && said.id !== id.value) {
        id.value = said.id;
        known();
      }
    } catch { /* the line is down: the copy in the browser stays */ } finally { sending = false; }
  };
  const later = () => {
    if (off) return;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  };
  return {
    later,
    // The field is empty again, or what stood in it has been sent and the server knows.
    drop(sent) {
      clearTimeout(timer);
      if (off || !id.value) return;
      if (!sent) send(`/drafts/${id.value}/discard/`).catch(() => {});
      id.value = "";
    },
    // What was begun on another device: only into an empty field.
    async fetch() {
      if (off || id.value || field.value) return null;
      try {
        const answer = await fetch(`/drafts/latest/?place=${encodeURIComponent(place)}`, { headers: { Accept: "application/json" } });
        const found = answer.ok ? await answer.json() : {};
        if (!found.id || field.value) return null;
        id.value = found.id;
        return found;
      } catch { return null; }
    },
  };
}

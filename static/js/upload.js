// Sends one file and tells how far it is: a small one at once, a large one in parts.
import { token } from "kring/react";

export const LARGE = 6 << 20;

// Until the socket says something of this kind; where it says nothing, so many seconds.
export const news = (kind, seconds, signal) => new Promise((resolve) => {
  const timer = setTimeout(done, seconds * 1000);
  function hear(event) { if (event.detail.kind.startsWith(kind)) done(); }
  function done() {
    clearTimeout(timer);
    document.removeEventListener("kring:frame", hear);
    signal.removeEventListener("abort", done);
    resolve();
  }
  document.addEventListener("kring:frame", hear);
  signal.addEventListener("abort", done);
});

export function upload(file, progress, { signal, group, place, waiting, gate } = {}) {
  if (place && file.size > LARGE) return import("kring/parts").then((parts) => parts.default(file, progress, { signal, place, waiting, gate }));
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", file, file.name || "picture.png");
    if (group) body.append("group", group);
    request.open("POST", "/files/");
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
    request.onload = () => (request.status < 300 && request.response?.id ? resolve(request.response) : reject(new Error(request.response?.detail || request.response?.error || (request.status === 413 ? "large" : ""))));
    request.onerror = () => reject(new Error(""));
    request.onabort = request.onerror;
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

// Sends one file and tells how far it is: a small one at once, a large one in parts.
import { token } from "kring/react";

const LARGE = 6 << 20;

export function upload(file, progress, { signal, group, place, waiting } = {}) {
  if (place && file.size > LARGE) return import("kring/parts").then((parts) => parts.default(file, progress, { signal, place, waiting }));
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

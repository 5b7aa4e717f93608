// Shows what the server brings while no page is open: that there is something new, never what. It keeps no page and
// fetches nothing.
addEventListener("push", (event) => {
  let said;
  try { said = event.data.json(); } catch { return; }
  event.waitUntil(registration.showNotification(said.title, { body: said.body, tag: said.tag, renotify: true, data: { path: said.path } }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  // Only pages of ours: whatever a message says, it leads nowhere else.
  const path = String(event.notification.data?.path ?? "/");
  const page = new URL(path.startsWith("/") ? path : "/", location.origin);
  const address = page.origin === location.origin ? page.href : `${location.origin}/`;
  event.waitUntil(clients.matchAll({ type: "window" }).then((open) => {
    const there = open.find((one) => one.url === address) ?? open[0];
    return there ? there.focus().then((one) => (one.url === address ? one : one.navigate(address))).catch(() => clients.openWindow(address)) : clients.openWindow(address);
  }));
});

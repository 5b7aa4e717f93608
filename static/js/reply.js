// "Reply" brings the field of the thread, aimed at what is answered; on a page without the field, the link leads there.

export default function (link) {
  const post = link.closest("[data-post], .thread")?.closest("[data-post]") ?? document.querySelector("[data-post]");
  const form = document.getElementById(link.dataset.form || "") ?? post?.querySelector("form.composer.reply");
  if (!form) return location.assign(link.href);
  form.hidden = false;
  form.classList.add("open");
  const parent = form.elements.parent;
  // What is answered: the answer that the link stands in, or the post itself.
  if (parent) parent.value = link.dataset.parent ?? link.closest(".cm[id]")?.id.replace("post-", "") ?? "";
  const field = form.querySelector("textarea");
  if (link.dataset.mention && !field.value.includes(link.dataset.mention)) field.value = `${link.dataset.mention} ${field.value}`;
  field.focus({ preventScroll: true });
  form.scrollIntoView({ block: "nearest" });
}

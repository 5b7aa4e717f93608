// "Show more" under a post that a list cuts: the rest comes in place. Without scripts the link leads to the thread.

export default function (link) {
  const body = link.previousElementSibling;
  body.classList.add("whole");
  // The reader goes on where the text was cut.
  body.tabIndex = -1;
  body.focus({ preventScroll: true });
}

// Keeps relative times right while the page stands open; the words come from the page.

function refresh() {
  const { tNow, tMin, tH } = document.body.dataset;
  const lang = document.documentElement.lang;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    const minutes = Math.floor((Date.now() - moment) / 60_000);
    let text;
    if (minutes < 0) continue;
    if (minutes < 1) text = tNow;
    else if (minutes < 60) text = tMin.replace("{n}", minutes);
    else if (minutes < 1440) text = tH.replace("{n}", Math.floor(minutes / 60));
    else if (/\d (j|h|u|min|Std)|^\D*$/.test(time.textContent)) text = moment.toLocaleDateString(lang, { day: "numeric", month: "short" });
    else continue;
    if (time.textContent !== text) time.textContent = text;
  }
}

export default function () {
  refresh();
  setInterval(() => { if (!document.hidden) refresh(); }, 60_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
}

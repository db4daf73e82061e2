// What only the browser can do: tell its time zone, go back and forward, point at a card, give the focus back.
const whenceZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.cookie = "whence_zone=" + encodeURIComponent(whenceZone) + "; path=/; max-age=31536000; SameSite=Strict";
window.addEventListener("popstate", () => emitEvent("whence-view", location.search));
window.addEventListener("load", () => setTimeout(() => emitEvent("whence-zone", whenceZone), 200));
function whenceHighlight(name, tries = 50) {
  const card = document.getElementById(name);
  if (!card) return tries > 0 && setTimeout(() => whenceHighlight(name, tries - 1), 100);
  card.scrollIntoView({ behavior: "smooth", block: "center" });
  card.classList.add("highlight");
  setTimeout(() => card.classList.remove("highlight"), 2500);
}
// By its words: what was focused may have been drawn anew meanwhile.
let whenceFocused = () => null;
document.addEventListener("focusin", event => {
  const card = event.target.closest(".card")?.id, words = event.target.textContent;
  if (!event.target.closest(".q-dialog")) {
    whenceFocused = () => [...document.querySelectorAll(`[id="${card}"] :is(a, button, tr)`)].find(one => one.textContent === words);
  }
});
function whenceRefocus() {
  if (document.activeElement === document.body) whenceFocused()?.focus();
}
// What a chart says where the pointer rests: text nodes, whatever a name holds.
function whenceTooltip(points, number) {
  const box = document.createElement("div"), all = [points].flat().filter(one => one.value);
  const line = (words, amount, background, classes = "") => {
    const row = box.appendChild(document.createElement("div"));
    row.className = "chart-tip-line " + classes;
    if (background) row.appendChild(Object.assign(document.createElement("span"), { className: "dot" })).style.background = background;
    row.append(Object.assign(document.createElement("span"), { textContent: words, className: "chart-tip-name" }));
    if (amount !== null) row.append(Object.assign(document.createElement("span"), { textContent: amount, className: "number" }));
  };
  if (points.percent !== undefined) {
    line(points.name, number(points.value) + " · " + points.percent + " %", points.color);
    return box;
  }
  line([points].flat()[0].axisValueLabel, all.length ? null : number(0));
  for (const one of all) line(one.seriesName, number(one.value), one.color);
  if (all.length > 1) line("Total", number(all.reduce((sum, one) => sum + one.value, 0)), null, "chart-tip-total");
  return box;
}

// Words that are selected in the text of a snapshot become a citation. Positions count Unicode code points, as the ledger counts them,
// while this language counts UTF-16 units; and what stands in the text without being of it (data-aside) does not count.

const text = document.getElementById("snapshot");

function points(string) {
  let count = 0;
  for (const _ of string) count += 1;
  return count;
}

// The code points of the text before a place in it.
function before(node, offset) {
  const range = document.createRange();
  range.setStart(text, 0);
  range.setEnd(node, offset);
  const copy = range.cloneContents();
  for (const aside of copy.querySelectorAll("[data-aside]")) aside.remove();
  return points(copy.textContent);
}

function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return null;
  const first = Number(text.dataset.start);
  const [start, end] = [before(range.startContainer, range.startOffset), before(range.endContainer, range.endOffset)];
  return end > start ? { start: first + start, end: first + end } : null;
}

if (text) {
  const bar = document.createElement("p");
  bar.className = "cite-bar";
  bar.setAttribute("role", "status");
  const link = document.createElement("a");
  link.className = "button";
  link.textContent = "Use these words";
  bar.hidden = true;
  bar.append(link);
  document.getElementById("select-hint").after(bar);
  const look = () => {
    const found = selected();
    bar.hidden = !found;
    if (!found) return;
    const url = new URL("/desk/cite", location.href);
    url.searchParams.set("source", text.dataset.source);
    url.searchParams.set("snapshot", `sha256:${text.dataset.snapshot}`);
    url.searchParams.set("start", String(found.start));
    url.searchParams.set("end", String(found.end));
    link.href = url;
  };
  document.addEventListener("selectionchange", look);
}

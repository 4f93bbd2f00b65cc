// Draws marks over the text of a lesson: by the CSS Custom Highlight API, or with <mark> where a browser lacks it.
const NAMES = ["AMBER", "TEAL", "ROSE", "NOTE"];
const nameOf = (kind) => `mark-${kind.toLowerCase()}`;
const canHighlight = "highlights" in CSS && typeof Highlight === "function";

// `stretches`: {kind, start, end} of a TextIndex. Returns whether the index still holds (the old way splits its nodes).
export function draw(index, stretches) {
  if (!canHighlight) return wrap(index, stretches);
  for (const kind of NAMES) {
    const ranges = stretches.filter((stretch) => stretch.kind === kind).map(({ start, end }) => index.range(start, end));
    if (ranges.length) CSS.highlights.set(nameOf(kind), new Highlight(...ranges));
    else CSS.highlights.delete(nameOf(kind));
  }
  return true;
}

function wrap(index, stretches) {
  for (const mark of index.root.querySelectorAll("mark[data-drawn]")) mark.replaceWith(...mark.childNodes);
  index.root.normalize();
  for (const { kind, start, end } of stretches) {
    const fresh = new index.constructor(index.root);
    const range = fresh.range(start, end);
    for (const { node } of fresh.nodes.filter((entry) => range.intersectsNode(entry.node))) {
      const piece = document.createRange();
      piece.selectNodeContents(node);
      if (node === range.startContainer) piece.setStart(node, range.startOffset);
      if (node === range.endContainer) piece.setEnd(node, range.endOffset);
      if (piece.collapsed) continue;
      const mark = document.createElement("mark");
      mark.dataset.drawn = "";
      mark.className = nameOf(kind);
      piece.surroundContents(mark);
    }
  }
  return false;
}

// The place in the text under a point of the window, as [node, offset], or null.
export function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const caret = document.caretPositionFromPoint(x, y);
    return caret && [caret.offsetNode, caret.offset];
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? [range.startContainer, range.startOffset] : null;
}

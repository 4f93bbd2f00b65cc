// Where in a lesson a quotation stands, whatever was corrected around it: docs/rules/learning.md, rule L4.
// White space does not count. Of several places the one whose surroundings agree best is taken, then the nearest.
const CONTEXT = 32;
const SKIPPED = "script, style, svg, template, form, button:not(.term), select, details, video, audio, .item-check, [data-lab], .visually-hidden";
const BLANK = /\s/;

export const squeeze = (text) => text.replace(/\s+/g, "");
const tidy = (text) => text.replace(/\s+/g, " ").trim();

// Return the place of a quotation in a text, both without white space, as [start, end], or null.
export function find(text, { quote, before = "", after = "", position = 0 }) {
  const wanted = squeeze(quote);
  if (!wanted) return null;
  let best = null;
  for (let start = text.indexOf(wanted); start >= 0; start = text.indexOf(wanted, start + 1)) {
    const end = start + wanted.length;
    const agreed = agreedEnd(text.slice(Math.max(0, start - CONTEXT), start), squeeze(before))
      + agreedStart(text.slice(end, end + CONTEXT), squeeze(after));
    const distance = Math.abs(start - position);
    if (!best || agreed > best.agreed || (agreed === best.agreed && distance < best.distance)) {
      best = { start, end, agreed, distance };
    }
  }
  return best && [best.start, best.end];
}

function agreedStart(one, other) {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function agreedEnd(one, other) {
  let length = 0;
  while (length < Math.min(one.length, other.length) && one.at(-1 - length) === other.at(-1 - length)) length += 1;
  return length;
}

// The text of an element without white space, and the way from a place in it to the document and back.
export class TextIndex {
  constructor(root) {
    this.root = root;
    this.nodes = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, {
      acceptNode: (node) => {
        if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
        return node.matches(SKIPPED) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
      },
    });
    let text = "";
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const squeezed = squeeze(node.data);
      if (squeezed) this.nodes.push({ node, start: text.length });
      text += squeezed;
    }
    this.text = text;
  }

  find(anchor) {
    return find(this.text, anchor);
  }

  // A DOM range for a stretch of the text.
  range(start, end) {
    const range = document.createRange();
    range.setStart(...this.point(start));
    const [node, offset] = this.point(end - 1);
    range.setEnd(node, offset + 1);
    return range;
  }

  point(position) {
    const entry = this.nodes.findLast(({ start }) => start <= position);
    let left = position - entry.start;
    for (let offset = 0; offset < entry.node.data.length; offset += 1) {
      if (BLANK.test(entry.node.data[offset])) continue;
      if (left === 0) return [entry.node, offset];
      left -= 1;
    }
    return [entry.node, entry.node.data.length];
  }

  // The stretch of the text that a DOM range covers, or null if it lies outside or is empty.
  stretch(range) {
    let [start, end] = [null, null];
    for (const entry of this.nodes) {
      if (!range.intersectsNode(entry.node)) continue;
      const { data } = entry.node;
      const from = entry.node === range.startContainer ? range.startOffset : 0;
      const to = entry.node === range.endContainer ? range.endOffset : data.length;
      const [first, last] = [squeeze(data.slice(0, from)).length, squeeze(data.slice(0, to)).length];
      if (last <= first) continue;
      start ??= entry.start + first;
      end = entry.start + last;
    }
    return start === null ? null : [start, end];
  }

  // What is stored of a stretch: what it says, what stands around it, where it was.
  anchor(start, end) {
    return {
      quote: tidy(this.range(start, end).toString()),
      before: this.text.slice(Math.max(0, start - CONTEXT), start),
      after: this.text.slice(end, end + CONTEXT),
      position: start,
    };
  }

  // The stretch of one element.
  of(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    return this.stretch(range);
  }
}

// The paragraphs of a lesson: whatever stands by itself and says something.
export function paragraphs(root) {
  const found = root.querySelectorAll("h2, h3, h4, p, li, tr, dt, dd, blockquote, figcaption");
  const outer = (element) => element.querySelector("p, li, h2, h3, h4") === null;
  return [...found].filter((element) => outer(element) && !element.closest(SKIPPED) && squeeze(element.textContent));
}

/** Where a character of an element's text stands, from the left edge of the page; the text lies in the element's children. */
export function textLeft(element: Element, offset: number): number {
  let rest = offset;
  for (const child of element.children) {
    const walker = document.createTreeWalker(child, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const length = node.textContent?.length ?? 0;
      if (rest <= length) {
        const range = document.createRange();
        range.setStart(node, rest);
        range.setEnd(node, rest);
        return range.getBoundingClientRect().left;
      }
      rest -= length;
    }
  }
  return element.getBoundingClientRect().left;
}

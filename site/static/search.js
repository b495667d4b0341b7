// What the search page shows of a page has no words of its buttons.
const text = Search.htmlToText;
Search.htmlToText = (page, anchor) => {
  const parsed = new DOMParser().parseFromString(page, "text/html");
  parsed.querySelectorAll(".launch, noscript").forEach((part) => part.remove());
  return text(parsed.documentElement.outerHTML, anchor);
};

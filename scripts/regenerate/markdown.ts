const LONGEST_LINE = 400;

/** One line without meaning to Markdown: a spec is not ours, and a changelog is read by people and by machines that act on it. */
export function plainLine(text: string): string {
  const line = text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_LINE);
  return withoutCalls(outsideOfCode(line, escapeMarkdown));
}

function escapeMarkdown(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll(/[\\`*_[\]<>|~]/g, (mark) => `\\${mark}`);
}

/** Takes from names and numbers what calls people and closes issues where the text is shown; in code they do neither. */
export function withoutCalls(markdown: string): string {
  return outsideOfCode(markdown, (text) => text.replaceAll(/[@#](?=\w)/g, (mark) => `${mark}\u2060`));
}

function outsideOfCode(markdown: string, change: (text: string) => string): string {
  return markdown
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('');
}

/** A text as code, on one line. */
export function inCode(text: string): string {
  return `\`${text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .replaceAll('`', "'")
    .trim()
    .slice(0, LONGEST_LINE)}\``;
}

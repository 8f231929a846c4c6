const LEAST_WIDTH = 40;

/** A help text whose paragraphs fit the width; what is indented, such as options and examples, stays as it is. */
export function fitted(text: string, width = 80): string {
  const lines: string[] = [];
  let isOpen = false;
  for (const line of text.split('\n')) {
    const isProse = /^\S/.test(line);
    const words = isProse ? line.split(' ') : [line];
    if (!isProse) lines.push(line);
    else if (!isOpen) lines.push(words.shift() ?? '');
    isOpen = isProse;
    if (isProse) for (const word of words) put(lines, word, Math.max(width, LEAST_WIDTH));
  }
  return lines.join('\n');
}

/** Puts a word behind the last line, or where that would be too long, on one of its own. */
function put(lines: string[], word: string, width: number): void {
  const last = lines.at(-1) ?? '';
  if (last.length + 1 + word.length > width) lines.push(word);
  else lines[lines.length - 1] = `${last} ${word}`;
}

/** The anchors that GitHub gives a document's headings. */
export function anchorsIn(markdown: string): readonly string[] {
  const seen = new Map<string, number>();
  return linesOutsideCode(markdown).flatMap((line) => {
    const heading = /^#{1,6} (.*)$/.exec(line)?.[1];
    if (heading === undefined) return [];
    // Letters, digits, lines below and hyphens stay; blanks become hyphens; all else goes.
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return [count === 0 ? slug : `${slug}-${count}`];
  });
}

/** The links of a document to files of the project and to anchors. */
export function localLinksIn(markdown: string): readonly string[] {
  const text = linesOutsideCode(markdown)
    .join('\n')
    .replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to).filter((to) => !/^[a-z]+:/.test(to));
}

function linesOutsideCode(markdown: string): readonly string[] {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, '').split('\n');
}

import type { Scene } from './scenes.ts';
import type { Line, Run } from './terminal.ts';

const COLUMNS = 104;
const CHARACTER = 7.8;
const LINE = 19;
const MARGIN = 18;
const TOP = 44;

const STYLE = `
  svg { color-scheme: light dark }
  .ground { fill: #fbfbfa; stroke: #d0d0cc }
  .bar { fill: #c9c9c4 }
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: #24292f; white-space: pre }
  .prompt { fill: #6e7781 } .typed { font-weight: 600 } .bold { font-weight: 600 } .dim { fill: #6e7781 }
  .c1, .c9 { fill: #b3261e } .c2, .c10 { fill: #116329 } .c3, .c11 { fill: #7d4e00 } .c4, .c12 { fill: #0550ae }
  .c5, .c13 { fill: #7a2fb0 } .c6, .c14 { fill: #0b6b74 } .c8 { fill: #6e7781 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #16191d; stroke: #3a3f46 } .bar { fill: #4a5058 } text { fill: #e3e6ea }
    .prompt, .dim, .c8 { fill: #98a1ab }
    .c1, .c9 { fill: #ff8f87 } .c2, .c10 { fill: #6fd583 } .c3, .c11 { fill: #e6b450 } .c4, .c12 { fill: #7db7ff }
    .c5, .c13 { fill: #d3a4ff } .c6, .c14 { fill: #62cdd8 }
  }
`;

/** The scenes as a picture, readable in light and in dark. */
export function svgOf(title: string, about: string, scenes: readonly Scene[]): string {
  const rows = scenes.flatMap(({ command, lines }, index) => [
    ...(index === 0 ? [] : ['']),
    ...wrapped([{ ...plain, text: `$ ${command}` }]).map((line, at) => commandRow(textOf(line), at === 0)),
    ...lines.flatMap(wrapped).map((line) => line.map(span).join('')),
  ]);
  const width = Math.ceil(COLUMNS * CHARACTER + 2 * MARGIN);
  const height = TOP + rows.length * LINE + MARGIN;
  const texts = rows.flatMap((row, index) =>
    row === '' ? [] : [`  <text x="${MARGIN}" y="${TOP + index * LINE + 14}" xml:space="preserve">${row}</text>`],
  );
  const dots = [0, 1, 2].map((at) => `  <circle class="bar" cx="${MARGIN + 6 + at * 20}" cy="22" r="6"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title about">
  <title id="title">${escaped(title)}</title>
  <desc id="about">${escaped(about)}</desc>
  <style>${STYLE}</style>
  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${dots.join('\n')}
${texts.join('\n')}
</svg>
`;
}

/** The scenes as a text, for whoever reads no pictures. */
export function transcriptOf(scenes: readonly Scene[]): string {
  return `${scenes.map(({ command, lines }) => [`$ ${command}`, ...lines.map(textOf)].join('\n').trimEnd()).join('\n\n')}\n`;
}

const plain = { isBold: false, isDim: false };

function commandRow(text: string, isFirst: boolean): string {
  if (!isFirst) return `<tspan class="typed">${escaped(text)}</tspan>`;
  return `<tspan class="prompt">$ </tspan><tspan class="typed">${escaped(text.slice(2))}</tspan>`;
}

function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

function span({ text, isBold, isDim, colour }: Run): string {
  const names = [isBold ? 'bold' : '', isDim ? 'dim' : '', colour === undefined ? '' : `c${colour}`].filter(Boolean);
  return names.length === 0 ? escaped(text) : `<tspan class="${names.join(' ')}">${escaped(text)}</tspan>`;
}

/** Breaks a line where it is longer than the picture is wide: between words, where there are any. */
function wrapped(line: Line): readonly Line[] {
  const lines: Run[][] = [[]];
  let left = COLUMNS;
  for (const run of line) {
    let rest = [...run.text];
    while (rest.length > left) {
      const end = rest.lastIndexOf(' ', left - 1) + 1 || left;
      lines.at(-1)?.push({ ...run, text: rest.slice(0, end).join('') });
      rest = rest.slice(end);
      lines.push([]);
      left = COLUMNS;
    }
    lines.at(-1)?.push({ ...run, text: rest.join('') });
    left -= rest.length;
  }
  return lines;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import { emitKeypressEvents, type Key } from 'node:readline';
import type { Ways } from './question-ways.ts';
import type { Question } from './terminal-input.ts';

const CANCELLED = Symbol('cancelled');

/** Questions for a terminal that knows no escape sequences (`TERM=dumb`), as in editors: line by line. */
export const plainWays: Ways = {
  async text(message, { placeholder, initial, check }, how) {
    const hint = initial ?? placeholder;
    const head = hint === undefined ? message : `${message} (${initial === undefined ? `such as ${hint}` : hint})`;
    for (;;) {
      const line = await readLine(`${head}: `, true, how);
      const answer = line === '' && initial !== undefined ? initial : line;
      const wrong = typeof answer === 'symbol' ? undefined : check?.(answer);
      if (wrong === undefined) return answer;
      how.output.write(`${wrong}\n`);
    }
  },
  async secret(message, how) {
    for (;;) {
      const line = await readLine(`${message}: `, false, how);
      if (line !== '') return line;
      how.output.write('Something must be entered\n');
    }
  },
  async confirm(message, initial, how) {
    for (;;) {
      const line = await readLine(`${message} (${initial ? 'Y/n' : 'y/N'}): `, true, how);
      if (typeof line === 'symbol') return line;
      if (line.trim() === '') return initial;
      if (/^\s*(y|yes|n|no)\s*$/i.test(line)) return /y/i.test(line);
      how.output.write('y or n\n');
    }
  },
  async choose(message, choices, how) {
    how.output.write(`${message}\n${choices.map(({ label }, index) => `  ${index + 1}  ${label}\n`).join('')}`);
    for (;;) {
      const line = await readLine(`1 to ${choices.length}: `, true, how);
      if (typeof line === 'symbol') return line;
      const chosen = choices[Number(line.trim()) - 1];
      if (chosen !== undefined) return chosen.value;
    }
  },
};

/** Reads one line from the terminal, which shows nothing by itself meanwhile. */
function readLine(head: string, isShown: boolean, { keyboard, output, signal }: Question): Promise<string | symbol> {
  return new Promise((resolve) => {
    let line = '';
    const end = (answer: string | symbol): void => {
      keyboard.off('keypress', onKey);
      signal.removeEventListener('abort', onAbort);
      keyboard.pause();
      output.write('\n');
      resolve(answer);
    };
    const onAbort = (): void => end(CANCELLED);
    const onKey = (text: string | undefined, { name, ctrl, meta }: Key): void => {
      if (name === 'return' || name === 'enter') end(line);
      else if (name === 'escape' || (ctrl && name === 'c') || (ctrl && name === 'd' && line === '')) end(CANCELLED);
      else if (name === 'backspace') {
        if (isShown && line !== '') output.write('\b \b');
        line = [...line].slice(0, -1).join('');
      } else if (text !== undefined && !ctrl && !meta && !/^\p{Cc}/u.test(text)) {
        line += text;
        if (isShown) output.write(text);
      }
    };
    if (signal.aborted) return resolve(CANCELLED);
    signal.addEventListener('abort', onAbort, { once: true });
    output.write(head);
    emitKeypressEvents(keyboard);
    keyboard.on('keypress', onKey).resume();
  });
}

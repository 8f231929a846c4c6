/** What a benchmark's processes are asked; the answer is always one number. */
export interface Question {
  readonly about: string;
  readonly calls: number;
  readonly concurrency: number;
}

/** The answer to a question: a number such as a port or a time in ms, or why there is none. */
export type Reply = { readonly value: number } | { readonly problem: string };

/** Whether a message is a question. */
function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'about' in message && typeof message.about === 'string';
}

/** Whether a message is an answer. */
export function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && ('value' in message || 'problem' in message);
}

/** In a process that was started by {@link startChild}: answers questions until the parent is gone. */
export function answerQuestions(answer: (question: Question) => Promise<number>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    if (!isQuestion(message)) return;
    answer(message).then(
      (value) => reply({ value }),
      (error: unknown) => reply({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}

function reply(answer: Reply): void {
  process.send?.(answer);
}

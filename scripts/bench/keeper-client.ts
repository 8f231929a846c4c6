/** The process of the benchmark `keeper`: how long calls take in a keeper whose session is in memory, in ms for all of them. */
import { createMemoryStore } from '../../src/stores/memory.ts';
import { openBareKeeper } from './bare-keepers.ts';
import { answerQuestions } from './questions.ts';

const ANSWER = { verdict: 'accepted', value: 1 } as const;

const keeper = openBareKeeper('ada', createMemoryStore());
await keeper.login();

answerQuestions(async ({ calls }) => {
  const startedAt = performance.now();
  for (let left = calls; left > 0; left -= 1) await keeper.run(attempt);
  return performance.now() - startedAt;
});

async function attempt(): Promise<typeof ANSWER> {
  return ANSWER;
}

import { fileURLToPath } from 'node:url';
import type { ChildTask } from './child.ts';

const [mode, task] = process.argv.slice(2);
// Parent and children run this same file; each loads only its own part, as a child is to be like any program that logs in.
if (mode === '--child' && process.send) {
  const { serveParent } = await import('./child.ts');
  // Written by the parent.
  await serveParent(JSON.parse(task ?? '') as ChildTask);
} else {
  const { demoCommand } = await import('./command.ts');
  await demoCommand(fileURLToPath(import.meta.url), process.argv.slice(2));
}

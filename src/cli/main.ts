#!/usr/bin/env node
import { runCli } from './run.ts';

void runCli(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
  // Interrupted work may still be under way, and must not be finished.
  if (code === 130) process.exit();
});

#!/usr/bin/env node
import { runCli } from './run.ts';

process.exitCode = await runCli(process.argv.slice(2));
// Interrupted work may still be under way, and must not be finished.
if (process.exitCode === 130) process.exit();

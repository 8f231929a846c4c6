import { writeSync } from 'node:fs';

/** Where a process that is measured tells the most memory that it had, in KiB. */
const MEMORY_FD = 3;

process.on('exit', () => writeSync(MEMORY_FD, String(process.resourceUsage().maxRSS)));

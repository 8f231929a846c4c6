/** A process to measure. */
export interface Command {
  /** Arguments of Node. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Where it writes; emptied before each run. */
  readonly out: string;
}

/** Processes by the name of what they measure. */
export type Commands = Readonly<Record<string, Command>>;

/** Whether something that came from another process is a list of commands. */
export function isCommands(value: unknown): value is Commands {
  return typeof value === 'object' && value !== null && Object.values(value).every(isCommand);
}

function isCommand(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'args' in value && Array.isArray(value.args) && 'cwd' in value && 'out' in value;
}

/** Why a command has no good end: one sentence that says what to do, and the exit code. */
export class CliError extends Error {
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

/** The command was called in a way that can't be meant. */
export const wrongUse = (message: string): CliError => new CliError(message, 2)

/** A measurement and its formatted value. */
export type Figure = readonly [label: string, value: string]

/** The folder, the size and the controls of a trial. */
export type TrialContext = {
  /** An empty folder of its own, which is removed afterwards. */
  readonly folder: string
  readonly isShort: boolean
  /** `short` in the short form, otherwise `long` times the factor. */
  size(short: number, long: number): number
  /** Reports progress. */
  report(line: string): void
  /** True after Ctrl-C: a trial that counts ends soon and reports its result so far. */
  isStopped(): boolean
}

export type Trial = {
  readonly id: string
  readonly title: string
  /** The statement that a passed trial proves. */
  readonly statement: string
  /** Takes too long for CI at any meaningful size. */
  readonly isLongOnly?: boolean
  /** Throws `TrialError` if the statement is false, and `Skipped` if this machine cannot run it. */
  run(context: TrialContext): Promise<readonly Figure[]>
}

/** The statement of a trial is false. */
export class TrialError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TrialError'
  }
}

/** This machine cannot run the trial; the message is the reason. */
export class Skipped extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Skipped'
  }
}

/** Throws `TrialError` unless the condition is true. */
export function require(condition: boolean, message: string): asserts condition {
  if (!condition) throw new TrialError(message)
}

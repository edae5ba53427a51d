/** A measurement and its formatted value. */
export type Figure = readonly [what: string, value: string]

/** The folder and the size of a trial. */
export type Surroundings = {
  /** An empty folder of its own, which is removed afterwards. */
  readonly folder: string
  readonly isShort: boolean
  /** The short form's number, or the long one's times the factor. */
  size(short: number, long: number): number
  /** Reports progress. */
  say(line: string): void
  /** Aborts on Ctrl-C: a trial that counts ends soon and reports its result so far. */
  isEnough(): boolean
}

export type Trial = {
  readonly id: string
  readonly title: string
  /** The statement that a passed trial proves. */
  readonly shows: string
  /** Takes too long for CI at any meaningful size. */
  readonly isLongOnly?: boolean
  /** Throws `TrialError` if the statement is false, and `Skipped` if this machine cannot run it. */
  run(surroundings: Surroundings): Promise<readonly Figure[]>
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
export function require(isSo: boolean, message: string): asserts isSo {
  if (!isSo) throw new TrialError(message)
}

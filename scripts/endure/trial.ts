/** What was measured, and its value as people read it. */
export type Figure = readonly [what: string, value: string]

/** Where a trial works, and how much of it there is. */
export type Surroundings = {
  /** An empty folder of its own, which is removed afterwards. */
  readonly folder: string
  readonly isShort: boolean
  /** The short form's number, or the long one's times the factor. */
  size(short: number, long: number): number
  /** A word about how far it is. */
  say(line: string): void
  /** Somebody has seen enough: a trial that counts ends soon, and tells what it has come to. */
  isEnough(): boolean
}

export type Trial = {
  readonly id: string
  readonly title: string
  /** What holds whenever the trial passes. */
  readonly shows: string
  /** It takes too long for CI, at any size that means something. */
  readonly isLongOnly?: boolean
  /** Throws `TrialError` when what it shows isn't so, and `Skipped` where this machine can't try it. */
  run(surroundings: Surroundings): Promise<readonly Figure[]>
}

/** What a trial shows isn't so. */
export class TrialError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TrialError'
  }
}

/** This machine can't try it; the message says why. */
export class Skipped extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Skipped'
  }
}

/** Throws `TrialError` where something isn't as it has to be. */
export function require(isSo: boolean, message: string): asserts isSo {
  if (!isSo) throw new TrialError(message)
}

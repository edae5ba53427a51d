import { setTimeout as pauseFor } from 'node:timers/promises'

export type GuessLimit = {
  /** Resolves when a request of this address may have its token checked. */
  readonly turn: (address: string) => Promise<void>
  readonly guessed: (address: string) => void
}

export type GuessLimitOptions = {
  /** Milliseconds. */
  readonly clock?: () => number
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

const freeGuesses = 5
/** In milliseconds, as all times here. */
const pauseLength = 250
/** Wrong guesses from an address count until so long after the last one. */
const memory = 10 * 60_000
/** The most addresses that are remembered. */
const mostAddresses = 1000

/**
 * Slows down guessing of the console token: after five wrong guesses from an address its requests wait, those with the
 * right token as well. Requests from other addresses don't.
 */
export function createGuessLimit({ clock = Date.now, pause = pauseFor }: GuessLimitOptions = {}): GuessLimit {
  const guesses = new Map<string, { readonly count: number; readonly at: number }>()
  const countOf = (address: string): number => {
    const known = guesses.get(address)
    return known !== undefined && clock() - known.at < memory ? known.count : 0
  }
  return {
    turn: async address => {
      if (countOf(address) >= freeGuesses) await pause(pauseLength)
    },
    guessed: address => {
      const count = countOf(address) + 1
      // Inserted anew, so that the map begins with the address that has been quiet for longest.
      guesses.delete(address)
      guesses.set(address, { count, at: clock() })
      const [quietest] = guesses.keys()
      if (guesses.size > mostAddresses && quietest !== undefined) guesses.delete(quietest)
    },
  }
}

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

const free = 5
const wait = 250
/** Wrong guesses of an address count for so long after the last one. */
const remembered = 10 * 60_000
/** The most addresses that are remembered. */
const mostAddresses = 1000

/**
 * Slows down guesses of the console token: after five wrong ones from an address, all requests from that address wait,
 * even those with the right token.
 */
export function createGuessLimit({ clock = Date.now, pause = pauseFor }: GuessLimitOptions = {}): GuessLimit {
  const guesses = new Map<string, { readonly count: number; readonly at: number }>()
  const countOf = (address: string): number => {
    const known = guesses.get(address)
    return known !== undefined && clock() - known.at < remembered ? known.count : 0
  }
  return {
    turn: async address => {
      if (countOf(address) >= free) await pause(wait)
    },
    guessed: address => {
      const count = countOf(address) + 1
      // Anew, so that the first in the map is the one that has been quiet for longest.
      guesses.delete(address)
      guesses.set(address, { count, at: clock() })
      const [quietest] = guesses.keys()
      if (guesses.size > mostAddresses && quietest !== undefined) guesses.delete(quietest)
    },
  }
}

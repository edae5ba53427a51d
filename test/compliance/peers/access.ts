import type { Peer } from './peer.ts'

/** So many wrong tokens are answered at once. */
const mostWrong = 3

/** Habits of connections and of tokens. */
export const accessPeers: readonly Peer[] = [
  {
    id: 'slows-wrong-tokens',
    description: 'After three wrong tokens, the next ones wait longer than any client does.',
    breaks: () => {
      let wrong = 0
      return async (asked, next) => {
        const answer = await next(asked)
        const { authorization } = asked.headers
        if (answer.status !== 401 || authorization === undefined) return answer
        if (++wrong > mostWrong) return new Promise(() => {})
        return answer
      }
    },
  },
  {
    id: 'closes-idle-connections',
    description: 'A connection that was idle is closed at the moment in which it is used again.',
    breaks: () => async (asked, next) => {
      // A request on a connection that has served one before crosses its end: it isn't read.
      if (asked.isReused) throw new Error('The connection was closed.')
      return next(asked)
    },
  },
]

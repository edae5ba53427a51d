import type { Peer } from './peer.ts'

/** The number of invalid tokens that get an immediate response. */
const mostWrong = 3

/** Deviations of connections and authentication. */
export const accessPeers: readonly Peer[] = [
  {
    id: 'slows-wrong-tokens',
    description: 'After three invalid tokens, responses take longer than any client waits.',
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
    description: 'The server closes an idle connection at the moment of its reuse.',
    breaks: () => async (asked, next) => {
      // A second request on a connection arrives while the server closes it, and isn't read.
      if (asked.isReused) throw new Error('The connection was closed.')
      return next(asked)
    },
  },
]

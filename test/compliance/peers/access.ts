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
      return async (request, next) => {
        const response = await next(request)
        const { authorization } = request.headers
        if (response.status !== 401 || authorization === undefined) return response
        if (++wrong > mostWrong) return new Promise(() => {})
        return response
      }
    },
  },
  {
    id: 'closes-idle-connections',
    description: 'The server closes an idle connection at the moment of its reuse.',
    closesConnections: true,
    breaks: () => async (request, next) => {
      // A second request on a connection arrives while the server closes it, and isn't read.
      if (request.isReused) throw new Error('The connection was closed.')
      return next(request)
    },
  },
]

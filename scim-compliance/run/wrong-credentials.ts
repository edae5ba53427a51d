import { NoAnswer } from '../client/unreachable.ts'
import { skip } from '../expect.ts'
import type { Answer, Headers, Method, SendOptions } from '../stage.ts'

type Request = { readonly method: Method; readonly path: string; readonly options: SendOptions | undefined }

export type WrongCredentials = {
  /** Sends a request, unless an earlier one with such credentials has been answered: then that answer stands for it. */
  readonly send: (request: Request, perform: () => Promise<Answer>) => Promise<Answer>
}

const isAuthorization = (name: string): boolean => name.toLowerCase() === 'authorization'

const authorizationIn = (headers: Headers = {}): string | undefined =>
  Object.entries(headers).find(([name]) => isAuthorization(name))?.[1]

/** Whether a request has credentials that are wrong; one without any isn't an attempt to guess them. */
export const hasWrongCredentials = ({ headers }: SendOptions = {}): boolean =>
  (authorizationIn(headers) ?? '') !== ''

/**
 * Requests with wrong credentials, which some servers answer ever more slowly, against those who try one after another.
 * So each kind is sent once for a whole run, and none any more after one that wasn't answered in time.
 */
export function createWrongCredentials(timeoutSeconds: number): WrongCredentials {
  const answers = new Map<string, Promise<Answer>>()
  let answered = 0
  let slow = false
  const slowed = () =>
    `The server slows wrong tokens down: ${
      answered === 0
        ? 'an earlier request'
        : `${answered} earlier ${answered === 1 ? 'one was' : 'ones were'} answered, and the next one`
    } had no whole answer within ${timeoutSeconds} s.`
  const once = async (perform: () => Promise<Answer>) => {
    if (slow) return skip(slowed())
    try {
      const answer = await perform()
      answered++
      return answer
    } catch (error) {
      if (!(error instanceof NoAnswer && error.isTimeOut)) throw error
      slow = true
      if (answered === 0) throw error
      return skip(slowed())
    }
  }
  return {
    send: (request, perform) => {
      const kind = kindOf(request)
      if (kind === undefined) return once(perform)
      const earlier = answers.get(kind)
      if (earlier) return earlier
      const answer = once(perform)
      answers.set(kind, answer)
      // What wasn't answered is no answer for others, who are skipped or ask themselves.
      answer.catch(() => answers.delete(kind))
      return answer
    },
  }
}

/** Requests of a kind differ in nothing that a refusal depends on; undefined for those that may change something. */
function kindOf({ method, path, options: { headers, body } = {} }: Request): string | undefined {
  if (method !== 'GET' || body !== undefined) return undefined
  const others = Object.entries(headers ?? {}).filter(([name]) => !isAuthorization(name))
  return JSON.stringify([path.replace(/\?.*/, ''), schemeOf(authorizationIn(headers) ?? ''), others])
}

/** Any wrong token is as good as another; one made of the right one isn't. */
function schemeOf(authorization: string): string {
  const [, scheme] = /^(Bearer|Basic)\s+(?!.*\{token\})\S+$/i.exec(authorization) ?? []
  return scheme?.toLowerCase() ?? authorization
}

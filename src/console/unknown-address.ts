import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from './problem.ts'

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Whether a path is one that a route's pattern (`/tenants/:tenant`, `/static/*`) stands for. */
const matcherOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('/')
      .map(segment => (segment === '*' ? '.*' : segment.startsWith(':') ? '[^/]+' : literally(segment)))
      .join('/')}$`,
  )

/** Notes the methods of every route that is registered after it; answers the handler of all other requests. */
export function watchMethods(app: FastifyInstance) {
  const methods = new Map<string, { readonly matcher: RegExp; readonly offered: Set<string> }>()

  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? { matcher: matcherOf(url), offered: new Set<string>() }
    for (const name of [method].flat()) known.offered.add(name)
    methods.set(url, known)
  })

  return async ({ method, url }: FastifyRequest, _reply: FastifyReply): Promise<never> => {
    const path = url.split('?', 1)[0] ?? ''
    const found = [...methods.values()].find(({ matcher }) => matcher.test(path))
    if (!found)
      throw new Problem('not-found', 'There is nothing at this address. GET /api/docs shows all there is.')
    const allowed = [...found.offered].sort().join(', ')
    throw new Problem('method-not-allowed', `${method} is not offered at ${path}. Use one of ${allowed}.`, {
      headers: { allow: allowed },
    })
  }
}

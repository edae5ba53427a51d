import type { FastifyInstance } from 'fastify'

/** Something that was changed from the console. */
export type Change = {
  readonly what: 'tenants' | 'tokens' | 'faults' | 'snapshots' | 'clock' | 'reset' | 'identities'
  /** The id of the tenant that it is about, where it is about one. */
  readonly tenant?: string
}

/** What a route changes (faults tell it themselves), by how its address ends below /api/v1; the first that fits counts. */
const changedBy: readonly (readonly [pattern: RegExp, what: Change['what']])[] = [
  [/\/snapshots\/:\w+\/restore$/, 'reset'],
  [/\/snapshots(\/:\w+)?$/, 'snapshots'],
  [/\/reset$/, 'reset'],
  [/\/tokens(\/:\w+(\/(expire|rotate))?)?$/, 'tokens'],
  [/\/clock$/, 'clock'],
  [/\/stale\/purge$|\/sample$/, 'identities'],
  [/\/tenants(\/:\w+(\/types)?)?$/, 'tenants'],
]

const named = (part: unknown): string | undefined => {
  const name = typeof part === 'object' && part !== null && 'tenant' in part ? part.tenant : undefined
  return typeof name === 'string' ? name : undefined
}

const isPreview = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'preview' in body && body.preview === true

/** Tells of each change that an operation registered after it has made. */
export function announceChanges(app: FastifyInstance, tell: (change: Change) => void): void {
  app.addHook('onResponse', async ({ method, routeOptions, params, body }, { statusCode }) => {
    if (method === 'GET' || method === 'HEAD' || statusCode >= 300) return
    if (isPreview(body)) return
    const what = changedBy.find(([pattern]) => pattern.test(routeOptions.url ?? ''))?.[1]
    const tenant = named(params) ?? named(body)
    if (what) tell({ what, ...(tenant !== undefined && { tenant }) })
  })
}

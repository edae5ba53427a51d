import { isObject } from '../../../scim-compliance/scim.ts'
import { type Break, error, type Mutant, objectIn, pathOf, queryOf, reply, withBody } from './break.ts'
import { changesBody, changesRequest, changesResponse, responds, without } from './breaks.ts'

/** A page with a success status, as gateways and single-page applications return for unknown paths. */
const page = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  text: '<!doctype html><title>Welcome</title>',
}

const isUser = /^\/Users\/[^/]+$/

const unsupported =
  (feature: string): Break =>
  async (request, next) => {
    if (request.target.startsWith('/Bulk')) return error(405)
    const response = await next(request)
    return pathOf(request) === '/ServiceProviderConfig'
      ? withBody(response, { ...objectIn(response), [feature]: { supported: false } })
      : response
  }

/** Servers that return the correct status and nothing else. */
const hollow: readonly Mutant[] = [
  {
    id: 'sort-advertised-only',
    description: 'Sorting is advertised, but sortBy is ignored.',
    breaks: changesRequest(request => ({ ...request, target: request.target.replace('sortBy', 'unsorted') })),
    caughtBy: ['rfc/discovery/offers-sort'],
  },
  {
    id: 'patch-advertised-only',
    description: 'PATCH returns 200 without any effect.',
    breaks: () => (request, next) =>
      next(request.method === 'PATCH' ? { ...request, method: 'GET', text: '' } : request),
    caughtBy: ['rfc/discovery/offers-patch'],
  },
  {
    id: 'bulk-answered-by-a-page',
    description: '/Bulk is advertised, but returns a web page.',
    breaks: responds(({ target }) => (target.startsWith('/Bulk') ? page : undefined)),
    caughtBy: ['rfc/discovery/offers-bulk'],
  },
  {
    id: 'bulk-not-there',
    description: '/Bulk isn’t advertised, and returns 405.',
    breaks: () => unsupported('bulk'),
    caughtBy: ['rfc/errors/bulk-not-offered'],
  },
  {
    id: 'list-answered-by-a-page',
    description: 'A list without parameters returns a web page.',
    breaks: responds(({ method, target }) => (method === 'GET' && target === '/Users' ? page : undefined)),
    caughtBy: ['rfc/retrieve/too-many'],
  },
  {
    id: 'parameters-answered-by-a-page',
    description: 'Unknown parameters return a web page.',
    breaks: responds(request => (queryOf(request).has('scimCheckFlag') ? page : undefined)),
    caughtBy: ['rfc/transport/unknown-parameters'],
  },
  {
    id: 'me-answered-by-a-page',
    description: '/Me returns a web page.',
    breaks: responds(({ target }) => (target === '/Me' ? page : undefined)),
    caughtBy: ['rfc/me/offered-or-501'],
  },
  {
    id: 'version-of-the-client',
    description: 'A version sent by a client is accepted.',
    breaks: changesResponse((response, request) => {
      const [{ meta: sent }, body] = [objectIn(request), objectIn(response)]
      return request.method === 'POST' && isObject(sent) && isObject(body.meta)
        ? withBody(response, { ...body, meta: { ...body.meta, ...sent } })
        : {}
    }),
    caughtBy: ['rfc/create/read-only-ignored'],
  },
  {
    id: 'put-with-meta-loses',
    description: 'PUT of what was read loses strings.',
    breaks: changesBody(body => (body.meta ? without(body, 'title', 'nickName') : body), 'PUT'),
    caughtBy: ['rfc/put/takes-what-was-read'],
  },
  {
    id: 'schemas-last-loses',
    description: 'Members before schemas are lost.',
    breaks: changesBody(
      body => (Object.keys(body).at(-1) === 'schemas' ? without(body, 'title', 'nickName') : body),
      'POST',
    ),
    caughtBy: ['rfc/model/member-order'],
  },
]

const hollowForEntra: readonly Mutant[] = [
  {
    id: 'bare-users-refused',
    description: 'A user without displayName is rejected, although no schema requires it.',
    breaks: responds(request =>
      request.method === 'POST' && pathOf(request) === '/Users' && objectIn(request).displayName === undefined
        ? error(400)
        : undefined,
    ),
    caughtBy: ['entra/create/bare'],
  },
  {
    id: 'users-answered-by-a-page',
    description: 'GET of a user returns a web page.',
    breaks: responds(request =>
      request.method === 'GET' && isUser.test(pathOf(request)) ? page : undefined,
    ),
    caughtBy: ['entra/look-up/read-by-id'],
  },
  ...['ResourceTypes', 'ServiceProviderConfig'].map(name => ({
    id: `${name}-answered-by-a-page`,
    description: `/${name} returns a web page.`,
    breaks: responds(({ target }) => (target === `/${name}` ? page : undefined)),
    caughtBy: [
      name === 'ResourceTypes' ? 'entra/discovery/resource-types' : 'entra/discovery/service-provider-config',
    ],
  })),
  {
    id: 'null-is-a-text',
    description: 'null is stored as a string.',
    breaks: changesBody(body => (body.title === null ? { ...body, title: 'null' } : body), 'POST'),
    caughtBy: ['entra/create/nulls'],
  },
  {
    id: 'removal-loses-the-user',
    description: 'Removing a missing value succeeds, but deletes the user.',
    breaks: () => async (request, next) => {
      if (!/"Remove"/.test(request.text)) return next(request)
      await next({ ...request, method: 'DELETE', text: '' })
      return reply(204)
    },
    caughtBy: ['entra/update/remove-what-is-not-there'],
  },
]

export const hollowMutants: readonly Mutant[] = [
  ...hollow,
  ...hollowForEntra.map(mutant => ({ ...mutant, id: `entra-${mutant.id}`, profile: 'entra' as const })),
]

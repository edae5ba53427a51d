import { isObject } from '../../../scim-compliance/scim.ts'
import { type Break, error, type Mutant, objectIn, pathOf, queryOf, reply, withBody } from './break.ts'
import { answers, asks, insteadOf, takes, without } from './breaks.ts'

/** A page with a success status, as gateways and single-page applications return for unknown paths. */
const page = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  text: '<!doctype html><title>Welcome</title>',
}

const isUser = /^\/Users\/[^/]+$/

const unsupported =
  (feature: string): Break =>
  async (asked, next) => {
    if (asked.target.startsWith('/Bulk')) return error(404)
    const answer = await next(asked)
    return pathOf(asked) === '/ServiceProviderConfig'
      ? withBody(answer, { ...objectIn(answer), [feature]: { supported: false } })
      : answer
  }

/** Servers that return the correct status and nothing else. */
const hollow: readonly Mutant[] = [
  {
    id: 'sort-advertised-only',
    description: 'Sorting is advertised, but sortBy is ignored.',
    breaks: asks(asked => ({ ...asked, target: asked.target.replace('sortBy', 'unsorted') })),
    caughtBy: ['rfc/discovery/offers-sort'],
  },
  {
    id: 'patch-advertised-only',
    description: 'PATCH returns 200 without any effect.',
    breaks: () => (asked, next) =>
      next(asked.method === 'PATCH' ? { ...asked, method: 'GET', text: '' } : asked),
    caughtBy: ['rfc/discovery/offers-patch'],
  },
  {
    id: 'bulk-answered-by-a-page',
    description: '/Bulk is advertised, but returns a web page.',
    breaks: insteadOf(({ target }) => (target.startsWith('/Bulk') ? page : undefined)),
    caughtBy: ['rfc/discovery/offers-bulk'],
  },
  {
    id: 'bulk-not-there',
    description: '/Bulk isn’t advertised, and returns 404.',
    breaks: () => unsupported('bulk'),
    caughtBy: ['rfc/errors/bulk-not-offered'],
  },
  {
    id: 'list-answered-by-a-page',
    description: 'A list without parameters returns a web page.',
    breaks: insteadOf(({ method, target }) => (method === 'GET' && target === '/Users' ? page : undefined)),
    caughtBy: ['rfc/retrieve/too-many'],
  },
  {
    id: 'parameters-answered-by-a-page',
    description: 'Unknown parameters return a web page.',
    breaks: insteadOf(asked => (queryOf(asked).has('scimCheckFlag') ? page : undefined)),
    caughtBy: ['rfc/transport/unknown-parameters-list', 'rfc/transport/unknown-parameters-resource'],
  },
  {
    id: 'me-answered-by-a-page',
    description: '/Me returns a web page.',
    breaks: insteadOf(({ target }) => (target === '/Me' ? page : undefined)),
    caughtBy: ['rfc/me/offered-or-501'],
  },
  {
    id: 'version-of-the-client',
    description: 'A version sent by a client is accepted.',
    breaks: answers((answer, asked) => {
      const [{ meta: sent }, body] = [objectIn(asked), objectIn(answer)]
      return asked.method === 'POST' && isObject(sent) && isObject(body.meta)
        ? withBody(answer, { ...body, meta: { ...body.meta, ...sent } })
        : {}
    }),
    caughtBy: ['rfc/create/read-only-ignored'],
  },
  {
    id: 'put-with-meta-loses',
    description: 'PUT of what was read loses strings.',
    breaks: takes(body => (body.meta ? without(body, 'title', 'nickName') : body), 'PUT'),
    caughtBy: ['rfc/put/takes-what-was-read'],
  },
  {
    id: 'schemas-last-loses',
    description: 'Members before schemas are lost.',
    breaks: takes(
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
    breaks: insteadOf(asked =>
      asked.method === 'POST' && pathOf(asked) === '/Users' && objectIn(asked).displayName === undefined
        ? error(400)
        : undefined,
    ),
    caughtBy: ['entra/create/bare'],
  },
  {
    id: 'users-answered-by-a-page',
    description: 'GET of a user returns a web page.',
    breaks: insteadOf(asked => (asked.method === 'GET' && isUser.test(pathOf(asked)) ? page : undefined)),
    caughtBy: ['entra/look-up/read-by-id'],
  },
  ...['ResourceTypes', 'ServiceProviderConfig'].map(name => ({
    id: `${name}-answered-by-a-page`,
    description: `/${name} returns a web page.`,
    breaks: insteadOf(({ target }) => (target === `/${name}` ? page : undefined)),
    caughtBy: [
      name === 'ResourceTypes' ? 'entra/discovery/resource-types' : 'entra/discovery/service-provider-config',
    ],
  })),
  {
    id: 'null-is-a-text',
    description: 'null is stored as a string.',
    breaks: takes(body => (body.title === null ? { ...body, title: 'null' } : body), 'POST'),
    caughtBy: ['entra/create/nulls'],
  },
  {
    id: 'removal-loses-the-user',
    description: 'Removing a missing value succeeds, but deletes the user.',
    breaks: () => async (asked, next) => {
      if (!/"Remove"/.test(asked.text)) return next(asked)
      await next({ ...asked, method: 'DELETE', text: '' })
      return reply(204)
    },
    caughtBy: ['entra/update/remove-what-is-not-there'],
  },
]

export const hollowMutants: readonly Mutant[] = [
  ...hollow,
  ...hollowForEntra.map(mutant => ({ ...mutant, id: `entra-${mutant.id}`, profile: 'entra' as const })),
]

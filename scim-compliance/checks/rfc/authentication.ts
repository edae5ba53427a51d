import type { Blame, Check, CheckContext } from '../../check.ts'
import { expectStatus, expectThat, isSuccess, skip } from '../../expect.ts'
import { isObject } from '../../scim.ts'
import { over, type Request, type Scene } from '../forms.ts'
import { valueIn } from '../steps/attributes.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { area, userNeeds } from './areas.ts'
import { defineChecks, must, should, withFixture } from './define-checks.ts'

const anonymous = { headers: { authorization: '' } } as const

const wrongCredentials = {
  'an invalid token': 'Bearer scim-check-not-a-token',
  'a valid token and an additional letter': 'Bearer {token}x',
  'a scheme but no token': 'Bearer',
  'a token but no scheme': 'scim-check-not-a-token',
  'an invalid name and password': `Basic ${Buffer.from('nobody:nothing').toString('base64')}`,
} as const

/** A request is rejected either way; clients can’t tell why. */
const isRejectedOtherwise: readonly Blame[] = [
  {
    on: ['3xx', '4xx', '5xx'],
    harmless: true,
    impact: 'Such a request has no effect, but clients can’t tell that their token is missing or invalid.',
    remedy: 'Check credentials before anything else in a request, and return 401.',
  },
]

const schemesByType: Readonly<Record<string, string>> = {
  oauthbearertoken: 'bearer',
  oauth2: 'bearer',
  oauth: 'oauth',
  httpbasic: 'basic',
  httpdigest: 'digest',
}

const authenticationArea = area('authentication', 'Authentication', 'RFC 7644 §2', {
  after: ['rfc/authentication/missing'],
})

const whenAnonymous = withFixture(context => context.get(context.users.endpoint, anonymous.headers))

const readChecks = defineChecks({ ...authenticationArea, needs: ['users'] }, [
  must('missing', ['R-006'], {
    description: 'A request without credentials returns 401 or 403.',
    rationale: 'Unauthenticated callers could read and change the directory.',
    remedy: 'Check the Authorization header first, and return 401 if it is missing.',
    protects: 'authentication',
    blame: isRejectedOtherwise,
    request: s => ({ get: s.context.users.endpoint, ...anonymous }),
    expect: { status: [401, 403] },
  }),
  must('wrong', ['R-006'], {
    description: 'A request with invalid credentials returns 401 or 403.',
    rationale: 'Unauthenticated callers could read and change the directory.',
    remedy: 'Check the Authorization header first, and return 401 for anything that isn’t a valid token.',
    protects: 'authentication',
    blame: isRejectedOtherwise,
    wrongCredentials: true,
    ...over(wrongCredentials, authorization => ({
      request: s => ({ get: s.context.users.endpoint, headers: { authorization } }),
      expect: { status: [401, 403] },
    })),
  }),
  should('status-401', ['R-006'], {
    source: 'RFC 7644 §3.12, table 8: “401: … The authorization header is invalid or missing.”',
    description: 'A request without credentials returns 401, not 403.',
    rationale: 'Clients renew their credentials only after a 401.',
    remedy:
      'Return 401 if the Authorization header is missing or invalid. 403 is for insufficient permissions.',
    blame: [{ on: 403, remedy: 'Return 401 without credentials. 403 is for insufficient permissions.' }],
    request: s => ({ get: s.context.users.endpoint, ...anonymous }),
    expect: { status: [401] },
  }),
  must('challenge', ['R-005'], {
    description: 'A 401 has a WWW-Authenticate header with a scheme.',
    rationale:
      'HTTP libraries read the authentication method from this header. Without it, some report a protocol error instead.',
    remedy: 'Add WWW-Authenticate: Bearer to every 401.',
    run: whenAnonymous(response => {
      if (response.status !== 401) skip(`The request returns ${response.status}.`)
      const { 'www-authenticate': challenge = '' } = response.headers
      const hasScheme = /^[\w!#$%&'*+.^`|~-]+/.test(challenge)
      expectThat(hasScheme, 'WWW-Authenticate with a scheme', challenge, response, 'missing')
    }),
  }),
  should('challenge-advertised', ['R-005', 'R-148'], {
    source: 'RFC 7644 §2, RFC 7643 §5',
    description:
      'The schemes in the WWW-Authenticate header of a 401 are among the advertised authentication schemes.',
    rationale: 'The administrator and the client get different information about how to sign in.',
    remedy: 'Derive authenticationSchemes and the WWW-Authenticate header from the same list.',
    after: ['rfc/authentication/challenge'],
    run: whenAnonymous((response, { service }) => {
      const schemes = valueIn(service.config, 'authenticationSchemes')
      const challenge = response.headers['www-authenticate']
      if (!Array.isArray(schemes) || challenge === undefined) return skip('One of the two is missing.')
      const types = schemes.filter(isObject).map(({ type }) => String(type).toLowerCase())
      const wanted = types.flatMap(type => schemesByType[type] ?? [])
      if (wanted.length === 0) skip('The advertised schemes use no Authorization header.')
      const isOffered = wanted.some(scheme => new RegExp(`\\b${scheme}\\b`, 'i').test(challenge))
      expectThat(isOffered, `a challenge for ${wanted.join(' or ')}`, challenge, response, 'other')
    }),
  }),
])

/** A POST creates something if its resource can be read, or if its userName is taken afterwards. */
async function expectNotCreated(context: CheckContext): Promise<void> {
  const body = context.sample(context.users)
  const response = await postForCleanup(context, context.users, body, anonymous.headers)
  const id = isSuccess(response) ? valueIn(response.body, 'id') : undefined
  if (typeof id === 'string') {
    const read = await context.get(`${context.users.endpoint}/${encodeURIComponent(id)}`)
    expectThat(!isSuccess(read), 'no user', `user ${id}`, response, 'other')
  }
  const again = await postForCleanup(context, context.users, body)
  const what = 'the same request to succeed with credentials'
  expectThat(isSuccess(again), what, `status ${again.status}`, again, 'other')
  expectStatus(response, 401, 403)
}

const writes: Readonly<Record<string, (scene: Scene) => Request>> = {
  PUT: s => ({ put: { [s.text]: s.mark }, ...anonymous }),
  PATCH: s => ({ patch: { op: 'replace', path: s.text, value: s.mark }, ...anonymous }),
  DELETE: () => ({ remove: true, ...anonymous }),
}

const writeChecks = defineChecks({ ...authenticationArea, needs: userNeeds }, [
  must('unauthenticated-id', ['R-006'], {
    description:
      'Without credentials, requests for existing and unknown IDs return the same status: 401 or 403.',
    rationale: 'Unauthenticated callers could find out which users exist.',
    remedy: 'Check credentials before you look up a resource.',
    run: async context => {
      const { path } = await context.create(context.users)
      const known = await context.get(path, anonymous.headers)
      expectStatus(known, 401, 403)
      const unknown = `${context.users.endpoint}/${context.unique()}`
      expectStatus(await context.get(unknown, anonymous.headers), known.status)
    },
  }),
  must('unauthenticated-writes', ['R-006'], {
    description: 'POST, PUT, PATCH and DELETE without credentials return 401 or 403 and change nothing.',
    rationale: 'Unauthenticated callers could create, change or delete accounts.',
    remedy: 'Check credentials before you carry out a request, for every method.',
    after: ['probe/create', 'rfc/retrieve/by-id'],
    protects: 'authentication',
    blame: [
      {
        on: ['3xx', '4xx', '5xx'],
        harmless: true,
        impact: 'Nothing was changed, but clients can’t tell that their token is missing.',
        remedy: 'Check credentials before you read the body, and return 401.',
      },
      {
        on: '2xx',
        harmless: true,
        impact: 'Nothing was changed, but the response reports success.',
        remedy: 'Return 401 without credentials.',
      },
      { on: 'other', remedy: 'Check credentials before you carry out a request, for every method.' },
    ],
    each: {
      ...over(writes, (request, method) => ({
        needs: method === 'PATCH' ? ['patch'] : [],
        given: { user: true },
        request,
        expect: { status: [401, 403], unchanged: 'user' },
      })).each,
      POST: expectNotCreated,
    },
  }),
])

export const authenticationChecks: readonly Check[] = [...readChecks, ...writeChecks]

import type { Check, CheckContext, CreatedResource, HttpHeaders, ScimResponse } from '../../check.ts'
import { expectStatus, expectThat, skip } from '../../expect.ts'
import { isObject, patchOpUrn } from '../../scim.ts'
import { textAttributeName, valueIn } from '../steps/attributes.ts'
import { postForCleanup } from '../steps/create-and-read.ts'
import { authenticationArea } from './areas.ts'
import { defineChecks, must, should } from './define-checks.ts'

const withoutCredentials: HttpHeaders = { authorization: '' }

const basic = `Basic ${Buffer.from('nobody:nothing').toString('base64')}`

const refused = [
  { id: 'missing', words: 'without credentials', authorization: '' },
  {
    id: 'wrong',
    words: 'with an invalid token',
    authorization: 'Bearer scim-check-not-a-token',
  },
  { id: 'changed', words: 'with a valid token and an additional letter', authorization: 'Bearer {token}x' },
  { id: 'malformed', words: 'with a scheme but no token', authorization: 'Bearer' },
  { id: 'no-scheme', words: 'with a token but no scheme', authorization: 'scim-check-not-a-token' },
  { id: 'other-scheme', words: 'with an invalid name and password', authorization: basic },
] as const

export const credentialChecks: readonly Check[] = defineChecks(authenticationArea, [
  ...refused.map(({ id, words, authorization }) =>
    must(id, ['R-006'], {
      description: `A request ${words} returns 401 or 403.`,
      rationale: 'Unauthenticated callers could read and change the directory.',
      remedy: 'Check the Authorization header first, and return 401 for anything that isn’t a valid token.',
      needs: ['users'] as const,
      ...(authorization !== '' && { wrongCredentials: true as const }),
      run: async (context: CheckContext) =>
        expectStatus(await context.get(context.users.endpoint, { authorization }), 401, 403),
    }),
  ),
  should('status-401', ['R-006'], {
    source: 'RFC 7644 §3.12, table 8: “401: … The authorization header is invalid or missing.”',
    description: 'A request without credentials returns 401, not 403.',
    rationale: 'Clients renew their credentials only after a 401.',
    remedy:
      'Return 401 if the Authorization header is missing or invalid. 403 is for insufficient permissions.',
    needs: ['users'],
    run: async context => expectStatus(await context.get(context.users.endpoint, withoutCredentials), 401),
  }),
  must('challenge', ['R-005'], {
    description: 'A 401 has a WWW-Authenticate header with a scheme.',
    rationale:
      'HTTP libraries read the authentication method from this header. Without it, some report a protocol error instead.',
    remedy: 'Add WWW-Authenticate: Bearer to every 401.',
    needs: ['users'],
    run: async context => {
      const response = await context.get(context.users.endpoint, withoutCredentials)
      if (response.status !== 401) skip(`The request returns ${response.status}.`)
      const challenge = response.headers['www-authenticate']
      expectThat(
        /^[\w!#$%&'*+.^`|~-]+/.test(challenge ?? ''),
        'WWW-Authenticate with a scheme',
        challenge,
        response,
      )
    },
  }),
  should('challenge-advertised', ['R-005', 'R-148'], {
    source: 'RFC 7644 §2, RFC 7643 §5',
    description:
      'The schemes in the WWW-Authenticate header of a 401 are among the advertised authentication schemes.',
    rationale: 'The administrator and the client get different information about how to sign in.',
    remedy: 'Derive authenticationSchemes and the WWW-Authenticate header from the same list.',
    needs: ['users'],
    run: async context => {
      const schemes = valueIn(context.service.config, 'authenticationSchemes')
      const challenge = (await context.get(context.users.endpoint, withoutCredentials)).headers[
        'www-authenticate'
      ]
      if (!Array.isArray(schemes) || challenge === undefined) return skip('One of the two is missing.')
      const types = schemes.filter(isObject).map(({ type }) => String(type).toLowerCase())
      const known = {
        oauthbearertoken: 'bearer',
        oauth2: 'bearer',
        oauth: 'oauth',
        httpbasic: 'basic',
        httpdigest: 'digest',
      }
      const wanted = types.flatMap(type => Object.entries(known).find(([name]) => name === type)?.[1] ?? [])
      if (wanted.length === 0) skip('The advertised schemes use no Authorization header.')
      expectThat(
        wanted.some(scheme => new RegExp(`\\b${scheme}\\b`, 'i').test(challenge)),
        `a challenge for ${wanted.join(' or ')}`,
        challenge,
      )
    },
  }),
])

async function expectUntouched(
  context: CheckContext,
  write: (made: CreatedResource, text: string) => Promise<ScimResponse>,
): Promise<void> {
  const text = textAttributeName(context.users)
  const before = context.unique()
  const made = await context.create(context.users, { [text]: before })
  const response = await write(made, text)
  const after = await context.get(made.path)
  expectThat(
    after.status === 200 && valueIn(after.body, text) === before,
    'the resource unchanged',
    after.status === 200 ? valueIn(after.body, text) : `status ${after.status}`,
    after,
  )
  expectStatus(response, 401, 403)
}

const untouched = [
  {
    id: 'put',
    words: 'A PUT',
    write:
      (context: CheckContext) =>
      ({ path, sent }: CreatedResource, text: string) =>
        context.put(path, { ...sent, [text]: 'by nobody' }, withoutCredentials),
  },
  {
    id: 'patch',
    words: 'A PATCH',
    write:
      (context: CheckContext) =>
      ({ path }: CreatedResource, text: string) =>
        context.send('PATCH', path, {
          headers: withoutCredentials,
          body: {
            schemas: [patchOpUrn],
            Operations: [{ op: 'replace', path: text, value: 'by nobody' }],
          },
        }),
  },
  {
    id: 'delete',
    words: 'A DELETE',
    write:
      (context: CheckContext) =>
      ({ path }: CreatedResource) =>
        context.delete(path, withoutCredentials),
  },
] as const

export const unauthenticatedChecks: readonly Check[] = defineChecks(authenticationArea, [
  must('unauthenticated-id', ['R-006'], {
    description:
      'Without credentials, requests for existing and unknown IDs return the same status: 401 or 403.',
    rationale: 'Unauthenticated callers could find out which users exist.',
    remedy: 'Check credentials before you look up a resource.',
    needs: ['write', 'users'],
    run: async context => {
      const { path } = await context.create(context.users)
      const known = await context.get(path, withoutCredentials)
      expectStatus(known, 401, 403)
      expectStatus(
        await context.get(`${context.users.endpoint}/${context.unique()}`, withoutCredentials),
        known.status,
      )
    },
  }),
  must('unauthenticated-post', ['R-006'], {
    description: 'A POST without credentials returns 401 or 403 and creates nothing.',
    rationale: 'Unauthenticated callers could create accounts.',
    remedy: 'Check credentials before you read the body.',
    needs: ['write', 'users'],
    run: async context => {
      const body = context.sample(context.users)
      const response = await postForCleanup(context, context.users, body, withoutCredentials)
      expectStatus(response, 401, 403)
      const again = await postForCleanup(context, context.users, body)
      expectThat(
        again.status === 201,
        'the same request to succeed with credentials',
        `status ${again.status}`,
        again,
      )
    },
  }),
  ...untouched.map(({ id, words, write }) =>
    must(`unauthenticated-${id}`, ['R-006'], {
      description: `${words} without credentials returns 401 or 403 and changes nothing.`,
      rationale: 'Unauthenticated callers could change or delete accounts.',
      remedy: 'Check credentials before you carry out a request, for every method.',
      needs: id === 'patch' ? (['write', 'users', 'patch'] as const) : (['write', 'users'] as const),
      run: (context: CheckContext) => expectUntouched(context, write(context)),
    }),
  ),
])

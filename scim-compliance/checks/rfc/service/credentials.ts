import type { Check } from '../../../check.ts'
import { expectStatus, expectThat, skip } from '../../../expect.ts'
import { isObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'
import { checksOf } from '../checks-of.ts'
import { authenticationArea } from './areas.ts'
import { nobody } from './nobody.ts'

const basic = `Basic ${Buffer.from('nobody:nothing').toString('base64')}`

const refused = [
  { id: 'missing', words: 'without credentials', authorization: '' },
  {
    id: 'wrong',
    words: 'with an invalid token',
    authorization: 'Bearer scim-check-not-a-token',
  },
  { id: 'changed', words: 'with the token and a letter more', authorization: 'Bearer {token}x' },
  { id: 'malformed', words: 'with a scheme but no token', authorization: 'Bearer' },
  { id: 'no-scheme', words: 'with a token but no scheme', authorization: 'scim-check-not-a-token' },
  { id: 'other-scheme', words: 'with a made-up name and password', authorization: basic },
] as const

export const checks: readonly Check[] = checksOf(authenticationArea, [
  ...refused.map(({ id, words, authorization }) => ({
    id,
    level: 'MUST' as const,
    says: `A request ${words} is refused with 401 or 403.`,
    requirements: ['R-006'],
    matters: 'Anybody could read and change the directory.',
    mend: 'Check the Authorization header before anything else, and answer 401 to whatever isn’t a valid token.',
    needs: ['users'] as const,
    ...(authorization !== '' && { wrongCredentials: true as const }),
    run: async (stage: Stage) =>
      expectStatus(await stage.get(stage.users.endpoint, { authorization }), 401, 403),
  })),
  {
    id: 'status-401',
    level: 'SHOULD',
    source: 'RFC 7644 §3.12, table 8: “401: … The authorization header is invalid or missing.”',
    says: 'A request without credentials is answered with 401, not with 403.',
    requirements: ['R-006'],
    matters: 'Clients renew their credentials on 401 only.',
    mend: 'Return 401 if the Authorization header is missing or invalid; 403 is for rights that are too few.',
    needs: ['users'],
    run: async stage => expectStatus(await stage.get(stage.users.endpoint, nobody), 401),
  },
  {
    id: 'challenge',
    level: 'MUST',
    says: 'A 401 has a WWW-Authenticate header that names a scheme.',
    requirements: ['R-005'],
    matters: 'HTTP libraries look there for how to sign in; without it some report a protocol error instead.',
    mend: 'Add WWW-Authenticate: Bearer to every 401.',
    needs: ['users'],
    run: async stage => {
      const answer = await stage.get(stage.users.endpoint, nobody)
      if (answer.status !== 401) skip(`The request is answered with ${answer.status}.`)
      const challenge = answer.headers['www-authenticate']
      expectThat(
        /^[\w!#$%&'*+.^`|~-]+/.test(challenge ?? ''),
        'WWW-Authenticate with a scheme',
        challenge,
        answer,
      )
    },
  },
  {
    id: 'challenge-advertised',
    level: 'SHOULD',
    source: 'RFC 7644 §2, RFC 7643 §5',
    says: 'The schemes that a 401 names are among the advertised authentication schemes.',
    requirements: ['R-005', 'R-148'],
    matters: 'An administrator is told one way to sign in and the client another.',
    mend: 'Keep authenticationSchemes and the WWW-Authenticate header to the same list.',
    needs: ['users'],
    run: async stage => {
      const schemes = at(stage.service.config, 'authenticationSchemes')
      const challenge = (await stage.get(stage.users.endpoint, nobody)).headers['www-authenticate']
      if (!Array.isArray(schemes) || challenge === undefined) return skip('One of the two isn’t there.')
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
  },
])

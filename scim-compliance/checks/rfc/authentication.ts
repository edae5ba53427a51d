import type { Check } from '../../check.ts'
import { expectStatus, expectThat, skip } from '../../expect.ts'
import { isObject } from '../../json.ts'
import type { Answer, Headers, Made, Stage } from '../../stage.ts'
import { patchOpUrn } from '../../urns.ts'
import { at, textOf } from '../tools/attributes.ts'
import { checksOf } from '../tools/checks-of.ts'
import { posted } from '../tools/posted.ts'

const basic = `Basic ${Buffer.from('nobody:nothing').toString('base64')}`
const refused = [
  { id: 'missing', words: 'without credentials', authorization: '' },
  {
    id: 'wrong',
    words: 'with a token that nobody was given',
    authorization: 'Bearer scim-check-not-a-token',
  },
  { id: 'changed', words: 'with the token and a letter more', authorization: 'Bearer {token}x' },
  { id: 'malformed', words: 'with a scheme but no token', authorization: 'Bearer' },
  { id: 'no-scheme', words: 'with a token but no scheme', authorization: 'scim-check-not-a-token' },
  { id: 'other-scheme', words: 'with a made-up name and password', authorization: basic },
] as const

const nobody: Headers = { authorization: '' }
const endpointOf = (stage: Stage): string => stage.users.endpoint

/** A write without credentials is refused, and the resource is as it was. */
async function expectUntouched(
  stage: Stage,
  write: (made: Made, text: string) => Promise<Answer>,
): Promise<void> {
  const text = textOf(stage.users)
  const before = stage.unique()
  const made = await stage.create(stage.users, { [text]: before })
  const answer = await write(made, text)
  const after = await stage.get(made.path)
  expectThat(
    after.status === 200 && at(after.body, text) === before,
    'the resource as it was',
    after.status === 200 ? at(after.body, text) : `status ${after.status}`,
    after,
  )
  expectStatus(answer, 401)
}

const untouched = [
  {
    id: 'put',
    words: 'A PUT',
    write:
      (stage: Stage) =>
      ({ path, sent }: Made, text: string) =>
        stage.put(path, { ...sent, [text]: 'by nobody' }, nobody),
  },
  {
    id: 'patch',
    words: 'A PATCH',
    write:
      (stage: Stage) =>
      ({ path }: Made, text: string) =>
        stage.send('PATCH', path, {
          headers: nobody,
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
      (stage: Stage) =>
      ({ path }: Made) =>
        stage.delete(path, nobody),
  },
] as const

export const checks: readonly Check[] = checksOf(
  { area: 'authentication', section: 'Authentication', source: 'RFC 7644 §2' },
  [
    ...refused.map(({ id, words, authorization }) => ({
      id,
      level: 'MUST' as const,
      says: `A request ${words} is answered with 401.`,
      requirements: ['R-006'],
      matters:
        'Anybody could read and change the directory; and clients renew their credentials on 401 only.',
      mend: 'Check the Authorization header before anything else, and answer 401 to whatever isn’t a valid token.',
      needs: ['users'] as const,
      run: async (stage: Stage) => expectStatus(await stage.get(endpointOf(stage), { authorization }), 401),
    })),
    {
      id: 'challenge',
      level: 'MUST',
      says: 'A 401 has a WWW-Authenticate header that names a scheme.',
      requirements: ['R-005'],
      matters:
        'HTTP libraries look there for how to sign in; without it some report a protocol error instead.',
      mend: 'Add WWW-Authenticate: Bearer to every 401.',
      needs: ['users'],
      run: async stage => {
        const answer = await stage.get(endpointOf(stage), nobody)
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
        const challenge = (await stage.get(endpointOf(stage), nobody)).headers['www-authenticate']
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
    {
      id: 'unauthenticated-id',
      level: 'MUST',
      says: 'Without credentials an id that exists can’t be told from one that doesn’t: both are 401.',
      requirements: ['R-006'],
      matters: 'Strangers could find out which users there are.',
      mend: 'Check credentials before looking anything up.',
      needs: ['write', 'users'],
      run: async stage => {
        const { path } = await stage.create(stage.users)
        expectStatus(await stage.get(path, nobody), 401)
        expectStatus(await stage.get(`${endpointOf(stage)}/${stage.unique()}`, nobody), 401)
      },
    },
    {
      id: 'unauthenticated-post',
      level: 'MUST',
      says: 'A POST without credentials is refused with 401 and makes nothing.',
      requirements: ['R-006'],
      matters: 'Strangers could make accounts for themselves.',
      mend: 'Check credentials before the body is read.',
      needs: ['write', 'users'],
      run: async stage => {
        const body = stage.sample(stage.users)
        const answer = await posted(stage, stage.users, body, nobody)
        expectStatus(answer, 401)
        const again = await posted(stage, stage.users, body)
        expectThat(again.status === 201, 'the same to be made afterwards', `status ${again.status}`, again)
      },
    },
    ...untouched.map(({ id, words, write }) => ({
      id: `unauthenticated-${id}`,
      level: 'MUST' as const,
      says: `${words} without credentials is refused with 401 and changes nothing.`,
      requirements: ['R-006'],
      matters: 'Strangers could change or remove accounts.',
      mend: 'Check credentials before anything is carried out, for every method.',
      needs: id === 'patch' ? (['write', 'users', 'patch'] as const) : (['write', 'users'] as const),
      run: (stage: Stage) => expectUntouched(stage, write(stage)),
    })),
  ],
)

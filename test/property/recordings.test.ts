import fc from 'fast-check'
import t from 'tap'
import { isObject, type JsonObject } from '../../src/scim/json.ts'
import { replacePersonalData } from '../../src/traffic/recordings/personal-data.ts'
import type { RecordedRequest } from '../../src/traffic/recordings/recording.ts'
import { replay } from '../../src/traffic/replay/replay.ts'
import { assertProperty } from '../support/property.ts'

/** Texts that occur in nothing but the data: all have a capital Q and a digit, and some need escapes. */
const personalText = fc
  .tuple(
    fc.constantFrom('Q', 'éQ', 'Q"', 'Q\\', 'Q%+&', 'Q @', '[Q] eq "'),
    fc.integer({ min: 1000, max: 9999 }),
  )
  .map(([text, number]) => `${text}${number}`)

const resource = fc.record({
  userName: personalText,
  externalId: personalText,
  title: personalText,
  displayName: personalText,
  name: fc.record({ givenName: personalText, familyName: personalText }),
  emails: fc.array(fc.record({ value: personalText, type: fc.constant('work') }), { maxLength: 2 }),
  'urn:example:2.0:User': fc.record({
    unheardOf: personalText,
    nested: fc.array(personalText, { maxLength: 2 }),
  }),
})

const filterFor = (attribute: string, value: string) =>
  `/Users?filter=${encodeURIComponent(`${attribute} eq ${JSON.stringify(value)}`)}`

/** A search, a create that is refused, and a PATCH of the same user. */
const requestsFor = (user: JsonObject): readonly RecordedRequest[] => [
  { method: 'GET', path: filterFor('userName', String(user.userName)), response: { status: 200 } },
  {
    name: `create user ${user.userName}`,
    method: 'POST',
    path: '/Users',
    body: user,
    response: { status: 409, body: { detail: `"${user.userName}" exists, with ${user.title}.` } },
  },
  {
    method: 'PATCH',
    path: '/Users/1',
    body: {
      Operations: [
        {
          op: 'replace',
          path: `emails[value eq ${JSON.stringify(user.userName)}].display`,
          value: user.displayName ?? '',
        },
        { op: 'add', value: JSON.stringify({ title: user.title }) },
      ],
    },
  },
]

const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

t.test('no personal text is left, and equal texts have equal replacements', async t => {
  assertProperty(
    fc.property(fc.array(resource, { minLength: 1, maxLength: 4 }), users => {
      const replaced = replacePersonalData(users.flatMap(requestsFor))
      const whole = decodeURIComponent(JSON.stringify(replaced).replace(/%(?![\dA-F]{2})/gi, '%25'))
      const numbers = new Set(
        [...JSON.stringify(users).matchAll(/Q[^\d]{0,12}(\d{4})/g)].map(([, number]) => number),
      )
      const left = [...numbers].filter(number => new RegExp(`Q[^\\d]{0,12}${number}`).test(whole))
      if (left.length > 0) throw new Error(`${left} in ${whole}`)
      for (const [index, user] of users.entries()) {
        const [search, create, patch] = replaced.slice(index * 3, index * 3 + 3)
        const body = create?.body
        if (!isObject(body)) throw new Error('no body')
        const same = textsOf(user).map((text, at) => [text, textsOf(body)[at]] as const)
        if (
          new Map(same).size !==
          new Set(textsOf(body).filter(text => text !== 'work')).size +
            Number(same.some(([text]) => text === 'work'))
        )
          throw new Error(`texts and replacements differ in number: ${JSON.stringify(same)}`)
        if (search?.path !== filterFor('userName', String(body.userName))) throw new Error(`${search?.path}`)
        if (!JSON.stringify(patch).includes(JSON.stringify(body.displayName)))
          throw new Error(JSON.stringify(patch))
      }
    }),
  )
  t.pass('as specified')
})

t.test('IDs of a recording are replaced wherever the requests refer to them', async t => {
  const id = fc.oneof(fc.uuid(), fc.integer({ min: 1, max: 99 }).map(String), fc.constant('a b/c"d'))
  await assertProperty(
    fc.asyncProperty(id, id, id, async (user, group, created) => {
      fc.pre(new Set([user, group, created]).size === 3)
      const sent: string[] = []
      const at = (type: string, one: string) => `/${type}/${encodeURIComponent(one)}`
      const requests = (one: string, other: string): readonly RecordedRequest[] => [
        { method: 'POST', path: '/Users', body: {}, response: { status: 201, body: { id: one } } },
        {
          method: 'GET',
          path: '/Groups',
          response: { status: 200, body: { Resources: [{ id: other, displayName: 'Pilots' }] } },
        },
        {
          method: 'PATCH',
          path: at('Groups', other),
          body: {
            Operations: [
              { op: 'remove', path: `members[value eq ${JSON.stringify(one)}]` },
              { op: 'add', path: 'members', value: [{ value: one }] },
              { op: 'replace', value: { id: other, displayName: '1' } },
            ],
          },
          response: { status: 204 },
        },
        {
          method: 'GET',
          path: `/Users?filter=${encodeURIComponent(`id eq ${JSON.stringify(one)}`)}`,
          response: { status: 200 },
        },
        { method: 'DELETE', path: at('Users', one), response: { status: 204 } },
      ]
      const expected = requests(created, 'new-group')
      const comparisons = replay(requests(user, group), async request => {
        const answer = expected[sent.length]?.response
        sent.push(`${request.method} ${request.path} ${request.body ?? ''}`)
        return {
          status: answer?.status ?? 500,
          headers: {},
          body: answer?.body ? JSON.stringify(answer.body) : '',
        }
      })
      for await (const { result } of comparisons)
        if (result.kind !== 'response' || result.differences.length > 0 || result.unknownIds.length > 0)
          throw new Error(JSON.stringify(result))
      const wanted = expected.map(
        ({ method, path, body }) => `${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`,
      )
      if (sent.join('\n') !== wanted.join('\n'))
        throw new Error(`${sent.join('\n')}\ninstead of\n${wanted.join('\n')}`)
    }),
  )
  t.pass('as specified')
})

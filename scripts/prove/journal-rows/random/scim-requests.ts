import { randomPatch, randomUser } from '../../../endure/fuzz-bodies.ts'
import { randomRequest } from '../../../endure/fuzz-requests.ts'
import { randomFilter } from '../../../endure/fuzz-texts.ts'
import { groupsOf, newUser, scimPath, tokens, usersOf } from '../setup.ts'
import { requestBytes } from '../step.ts'
import { disguised } from './secrets.ts'
import { bearer, type RandomSteps, scim, tenantOf } from './step.ts'

/** Any SCIM request, mostly with a valid token. */
export const anyScim: RandomSteps = (random, number) => {
  const tenant = tenantOf(random)
  const target = {
    base: `http://scim.example${scimPath(tenant)}`,
    token: random.chance(0.97) ? tokens[tenant] : random.of(Object.values(tokens)),
    users: usersOf(tenant),
    groups: groupsOf(tenant),
  }
  const bytes = randomRequest(random, target, number).bytes.toString('latin1')
  return changesState.some(text => bytes.includes(text)) ? [] : [scim({ bytes })]
}

/** Requests that were rejected once and are not now: the state would differ from then on. */
const changesState = ['"failOnErrors":0']

/** Sizes around the limits of what the journal masks and stores, in characters. */
const sizes = [4_090, 8_190, 16_300, 65_400, 65_600, 98_200, 98_400, 262_000, 262_300, 400_000] as const

/** A long body, with a secret at a cut or without one. */
export const longBody: RandomSteps = (random, number) => {
  const tenant = tenantOf(random)
  const size = random.of(sizes) + random.below(200)
  const filler = random.of(['x', 'ä', '😀', '\\u0041', 'a b ']).repeat(size).slice(0, size)
  const secret = random.chance(0.5) ? tokens[tenant] : disguised(random)
  const user = newUser(`long-${number}`)
  const text = JSON.stringify(user).slice(0, -1)
  const body = random.of([
    `${text},"title":"${filler}"}`,
    `${text},"title":"${filler}","password":"hunter2"}`,
    `${text},"password":"hunter2","title":"${filler}"}`,
    `${text},"title":"${filler}${JSON.stringify(secret).slice(1, -1)}${filler}"}`,
    `${text},"title":"${filler}`,
    `grant_type=x&a=${filler}&client_secret=${encodeURIComponent(secret)}&b=${filler}`,
    `${'a=b&'.repeat(size / 4)}password=${encodeURIComponent(secret)}`,
    filler,
  ])
  const type = body.startsWith('{')
    ? 'application/scim+json'
    : random.of(['application/x-www-form-urlencoded', 'application/scim+json'])
  return [
    scim({
      bytes: requestBytes({
        method: 'POST',
        target: `${scimPath(tenant)}/Users`,
        headers: [
          `Authorization: Bearer ${random.chance(0.7) ? tokens[tenant] : `${tokens[tenant]}x`}`,
          `Content-Type: ${type}`,
        ],
        body,
        isChunked: random.chance(0.2),
      }),
    }),
  ]
}

/** Lists of any length. */
export const list: RandomSteps = random => {
  const tenant = tenantOf(random)
  const query = random.of([
    'count=100',
    'count=200&startIndex=1',
    `count=100&filter=${encodeURIComponent('userName pr')}`,
    'attributes=userName,emails&count=100',
    `count=100&token=${encodeURIComponent(tokens.deleted)}`,
    'startIndex=1&count=1000',
    `filter=${encodeURIComponent(randomFilter(random).toWellFormed())}`,
    'sortBy=userName&count=100',
  ])
  return [
    scim({
      bytes: requestBytes({
        target: `${scimPath(tenant)}/${random.of(['Users', 'Users', 'Groups', ''])}?${query}`,
        headers: bearer(tenant),
      }),
    }),
  ]
}

/** PATCH requests with values of any kind. */
export const patched: RandomSteps = (random, number) => {
  const tenant = tenantOf(random)
  const users = usersOf(tenant)
  const groups = groupsOf(tenant)
  const isGroup = random.chance(0.3)
  return [
    scim({
      bytes: requestBytes({
        method: random.of(['PATCH', 'PATCH', 'PUT']),
        target: `${scimPath(tenant)}/${isGroup ? `Groups/${random.of(groups)}` : `Users/${random.of(users)}`}`,
        headers: [
          ...bearer(tenant),
          ...(random.chance(0.1) ? [`If-Match: ${random.of(['*', 'W/"1"', '"x"'])}`] : []),
        ],
        body: JSON.stringify(
          random.chance(0.8) ? randomPatch(random, { users, groups }) : randomUser(random, number),
        ),
      }),
    }),
  ]
}

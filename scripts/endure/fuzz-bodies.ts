import { paths, randomFilter, strangeTexts } from './fuzz-texts.ts'
import type { Random } from './random.ts'

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const names = [
  ...[
    'schemas',
    'userName',
    'name',
    'emails',
    'active',
    'displayName',
    'title',
    'externalId',
    'members',
    'id',
    'meta',
  ],
  ...[
    'groups',
    'password',
    'roles',
    'photos',
    'addresses',
    'x509Certificates',
    'USERNAME',
    'userName ',
    enterpriseUrn,
  ],
  ...['name.givenName', '__proto__', 'constructor', 'prototype', '', '$ref', 'emails[type eq "work"].value'],
]

/** The users and groups whose IDs requests may contain. */
export type Known = { readonly users: readonly string[]; readonly groups: readonly string[] }

/** Any JSON at all. */
export function randomJson(random: Random, depth = 3): unknown {
  switch (random.below(depth > 0 ? 9 : 6)) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
      return random.of([0, -1, 1.5, 1e308, 2 ** 53, -0, 7])
    case 3:
    case 4:
    case 5:
      return random.of(strangeTexts)
    case 6:
      return Array.from({ length: random.below(4) }, () => randomJson(random, depth - 1))
    default:
      return randomObject(random, depth - 1)
  }
}

function randomObject(random: Random, depth: number): object {
  // `fromEntries` makes `__proto__` an own member, as JSON.parse does.
  return Object.fromEntries(
    Array.from({ length: random.below(5) }, () => [random.of(names), randomJson(random, depth)]),
  )
}

const sound = (random: Random, at: number) => ({
  schemas: [userUrn, ...(random.chance(0.3) ? [enterpriseUrn] : [])],
  userName: random.chance(0.1) ? 'taken' : `fuzz-${at}-${random.below(1e9)}`,
  displayName: random.of(strangeTexts),
  name: { givenName: random.of(strangeTexts), familyName: 'Simpson' },
  emails: [
    { value: `a${random.below(100)}@example.com`, type: random.of(['work', 'home', 'x']), primary: true },
  ],
  active: random.of([true, false, 'True', 'false', 1]),
})

/** A valid user, often with one invalid part. */
export function randomUser(random: Random, at: number): unknown {
  const user: Record<string, unknown> = sound(random, at)
  for (let change = random.below(3); change > 0; change--) {
    const name = random.of(random.chance(0.5) ? Object.keys(user) : names)
    if (random.chance(0.3)) delete user[name]
    else if (name !== '__proto__') user[name] = randomJson(random)
  }
  return user
}

export function randomGroup(random: Random, { users, groups }: Known): unknown {
  const group = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName: random.of(strangeTexts),
    members: Array.from({ length: random.below(4) }, () => ({
      value: random.of([...users.slice(0, 5), ...groups.slice(0, 2), 'nobody', '']),
      ...(random.chance(0.2) && { type: random.of(['User', 'Group', 7, null]) }),
    })),
  }
  return random.chance(0.3) ? { ...group, ...randomObject(random, 2) } : group
}

/** Valid and nearly valid operations. */
export function randomPatch(random: Random, known: Known): unknown {
  const operation = () => ({
    op: random.chance(0.9)
      ? random.of(['add', 'remove', 'replace', 'Replace', 'ADD'])
      : randomJson(random, 1),
    ...(random.chance(0.85) && {
      path: random.chance(0.7)
        ? random.of(paths)
        : `emails[${randomFilter(random)}].${random.of(['value', 'type', 'x'])}`,
    }),
    ...(random.chance(0.85) && { value: randomPatchValue(random, known) }),
  })
  const body = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: Array.from({ length: 1 + random.below(4) }, operation),
  }
  return random.chance(0.1) ? { ...body, ...randomObject(random, 2) } : body
}

function randomPatchValue(random: Random, { users }: Known): unknown {
  switch (random.below(5)) {
    case 0:
      return [{ value: random.of([...users, 'nobody']) }]
    case 1:
      return { value: random.of(strangeTexts), type: 'work' }
    case 2:
      return random.of(strangeTexts)
    case 3:
      return random.chance(0.5)
    default:
      return randomJson(random)
  }
}

export function randomBulk(random: Random, known: Known, at: number): unknown {
  const operations = Array.from({ length: 1 + random.below(4) }, (_, index) => {
    const method = random.of(['POST', 'PUT', 'PATCH', 'DELETE', 'GET'])
    const path = random.of([
      '/Users',
      '/Groups',
      `/Users/${random.of(known.users)}`,
      '/Users/bulkId:b0',
      '/Nothing',
    ])
    return {
      method,
      path,
      ...(random.chance(0.8) && { bulkId: random.chance(0.9) ? `b${index}` : 'b0' }),
      ...(random.chance(0.9) && {
        data: method === 'PATCH' ? randomPatch(random, known) : randomUser(random, at * 10 + index),
      }),
    }
  })
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    ...(random.chance(0.3) && { failOnErrors: random.of([0, 1, 2, -1, 'x']) }),
    Operations: operations,
  }
}

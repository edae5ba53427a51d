import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, fail, jsonObject, listedResources } from '../../expect.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import { known, valueIn } from '../steps/attributes.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectTotal } from '../steps/lists.ts'
import { add, expectPatched, patchOperation, remove, replace } from '../steps/patches.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { gallery, pagingCheck, reported, sources, testsCheck } from './areas.ts'
import { mappedUser } from './fixtures.ts'

const page = (context: CheckContext, startIndex: number) =>
  context.get(`${context.users.endpoint}?startIndex=${startIndex}&count=5`)

/** Creates eleven users, since other users may be deleted meanwhile, and requests the pages of five that start here. */
async function pages(context: CheckContext, ...starts: readonly number[]): Promise<readonly ScimResponse[]> {
  for (let made = 0; made < 11; made++) await createUser(context)
  // Lists may lag behind.
  await context.eventually(async () => !(Number(valueIn((await page(context, 1)).body, 'totalResults')) < 11))
  const responses: ScimResponse[] = []
  for (const start of starts) responses.push(await page(context, start))
  return responses
}

/** The validator’s values: random strings even for languages and addresses. */
const values = (context: CheckContext): Readonly<Record<string, string>> => {
  const some = context.unique()
  const texts = (prefix: string, names: string) =>
    Object.fromEntries(names.split(' ').map(name => [`${prefix}${name}`, some]))
  return {
    ...texts('', 'displayName nickName title userType'),
    preferredLanguage: 'yo-NG',
    ...texts('', 'locale timezone profileUrl'),
    ...texts('name.', 'givenName familyName middleName formatted honorificPrefix honorificSuffix'),
    'emails[type eq "work"].value': `${some}@example.com`,
    'phoneNumbers[type eq "work"].value': '48-555-0100',
    'phoneNumbers[type eq "mobile"].value': '48-555-0101',
    'phoneNumbers[type eq "fax"].value': '48-555-0102',
    ...texts('addresses[type eq "work"].', 'formatted streetAddress locality region'),
    'addresses[type eq "work"].postalCode': 'zw5 1af',
    'addresses[type eq "work"].country': 'Nauru',
    ...texts(`${enterpriseUrn}:`, 'employeeNumber department costCenter organization division'),
  }
}

const asValidator = (op: string, all: Readonly<Record<string, Json>>): readonly JsonObject[] => {
  const paths = Object.keys(all)
  const rest = paths.filter(path => !path.includes('['))
  return [
    ...paths.filter(path => path.includes('[')).map(path => patchOperation(op, path, all[path])),
    patchOperation(op, undefined, Object.fromEntries(rest.map(path => [path, all[path] ?? null]))),
  ]
}

const everything = (op: 'replace' | 'add', ...after: readonly string[]): Check =>
  testsCheck(`${op}-everything`, 'practice', sources.validator, {
    description: `One PATCH, with filtered paths and a value without a path, ${op}s all attributes of a user.`,
    rationale: 'Microsoft’s validator sends about 30 attributes in one request.',
    remedy: 'Apply all operations. In an operation without a path, keys of the value are paths.',
    when: gallery,
    leadsTo: reported('users can’t be updated'),
    after,
    run: async context => {
      const { path } = await createUser(context)
      const all = known(context.users, values(context))
      const earlier = known(context.users, values(context))
      if (op === 'replace') await expectPatched(context, path, ...asValidator('add', earlier))
      await expectPatched(context, path, ...asValidator(op, all))
      await expectStored(context, path, all)
    },
  })

const clears = (name: string, words: string, empty: Json): Check =>
  testsCheck(`update-to-${name}`, 'practice', sources.nullUpdate, {
    description: `Replacing an attribute with ${words} clears it.`,
    rationale: 'Microsoft’s Logic App tests clear each optional attribute this way.',
    remedy: 'Treat null and an empty string in PATCH as no value.',
    when: gallery,
    leadsTo: reported(`attributes can’t be cleared with ${words}`),
    given: { user: scene => mappedUser({ [scene.text]: scene.mark })(scene) },
    request: ({ text }) => ({ patch: replace(text, empty) }),
    expect: ({ text }) => ({ stored: { [text]: undefined } }),
  })

export const microsoftChecks: readonly Check[] = [
  everything('replace', 'entra/tests/add-everything'),
  everything('add', 'probe/stored', 'entra/update/add-mobile-phone', 'entra/update/flag-add-dotted'),
  testsCheck('one-attribute-thrice', 'practice', sources.validator, {
    description: 'PATCH applies remove, add and replace of one attribute in order.',
    rationale: 'Microsoft’s validator sends several operations on the same attribute.',
    remedy: 'Apply the operations in order.',
    when: gallery,
    leadsTo: reported('several operations on one attribute don’t work'),
    given: { has: ['title'], user: mappedUser({ title: 'First' }) },
    request: { patch: [remove('title'), add('title', 'Second'), replace('title', 'Third')] },
    expect: { stored: { title: 'Third' } },
  }),
  testsCheck('several-attributes', 'practice', sources.validator, {
    description: 'PATCH applies different operations on different attributes in one request.',
    rationale: 'Microsoft’s validator sends different operations in one request.',
    remedy: 'Apply all operations in order.',
    when: gallery,
    leadsTo: reported('several operations in one request don’t work'),
    given: { has: ['title', 'nickName', 'displayName'], user: mappedUser({ title: 'First' }) },
    request: { patch: [remove('title'), add('nickName', 'Mi'), replace('displayName', 'Mira Stone')] },
    expect: { stored: { title: undefined, nickName: 'Mi', displayName: 'Mira Stone' } },
  }),
  clears('empty-text', 'an empty string', ''),
  clears('null', 'null', null),
  pagingCheck('page-starts-where-asked', 'practice', sources.nullUpdate, {
    description: 'GET /Users with count=5 returns the requested startIndex: 1, 6 and 11.',
    rationale: 'Microsoft’s Logic App tests and Entra ID’s account discovery rely on it.',
    remedy: 'Return the requested startIndex.',
    when: gallery,
    leadsTo: reported('paging doesn’t work'),
    after: ['entra/tests/pages-hold-what-was-asked'],
    run: async context => {
      const starts = [1, 6, 11]
      const responses = await pages(context, ...starts)
      for (const [at, response] of responses.entries()) {
        expectStatus(response, 200)
        expectEqual(jsonObject(response).startIndex, starts[at], 'startIndex', response)
      }
    },
  }),
  pagingCheck('pages-hold-what-was-asked', 'practice', sources.discovery, {
    description: 'GET /Users with count=5 returns five resources and itemsPerPage 5.',
    rationale: 'Entra ID’s account discovery reads all users with startIndex and count.',
    remedy: 'Return as many resources as count requests, and their number in itemsPerPage.',
    when: 'Entra discovers the accounts on the server',
    leadsTo: 'Entra misses users, or returns some twice.',
    run: async context => {
      for (const response of await pages(context, 1, 6)) {
        const { length } = listedResources(response)
        if (length !== 5) fail('5 resources', String(length), response)
        const { itemsPerPage = length } = jsonObject(response)
        if (itemsPerPage !== 5) fail('itemsPerPage 5', String(itemsPerPage), response)
      }
    },
  }),
  pagingCheck('total-is-of-all', 'practice', sources.discovery, {
    description: 'totalResults counts all matches, not those on the page.',
    rationale: 'Entra ID’s account discovery and Microsoft’s Logic App tests stop at totalResults.',
    remedy: 'Return the number of all matches in totalResults.',
    when: 'Entra discovers the accounts on the server',
    leadsTo: 'Entra stops after the first page.',
    run: async context => {
      for (const response of await pages(context, 1)) expectTotal(response, 11)
    },
  }),
  pagingCheck('pages-do-not-overlap', 'practice', sources.discovery, {
    description: 'Pages do not overlap, and a page that is requested again is the same.',
    rationale: 'Entra ID’s account discovery combines the pages.',
    remedy: 'Return lists in a stable order.',
    when: 'Entra discovers the accounts on the server',
    leadsTo: 'Entra misses users, and returns others twice.',
    after: ['entra/tests/page-starts-where-asked'],
    run: async context => {
      await pages(context)
      const idsOf = async (start: number) => listedResources(await page(context, start)).map(({ id }) => id)
      let seen = ''
      // Other users may be created or deleted meanwhile, which moves all positions; one attempt has to be right.
      const right = await context.eventually(async () => {
        const [first, second, again] = [await idsOf(1), await idsOf(6), await idsOf(1)]
        seen = [first, second, again].map(String).join(' | ')
        const areFilled = first.length > 0 && second.length > 0
        return areFilled && String(first) === String(again) && !second.some(id => first.includes(id))
      })
      if (!right) fail('two pages with users and without duplicates, and the first one unchanged', seen)
    },
  }),
]

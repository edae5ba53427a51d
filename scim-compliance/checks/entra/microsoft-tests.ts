import type { Check, CheckContext } from '../../check.ts'
import { expectStatus, fail, jsonObject, listedResources } from '../../expect.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { hasAttribute } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { gallery, pagingCheck, reported, sources, testsCheck } from './areas.ts'
import { mappedUser } from './fixtures.ts'

/** Creates eleven users, since other users may be deleted meanwhile. */
async function atLeastEleven(context: CheckContext): Promise<void> {
  for (let made = 0; made < 11; made++) await createUser(context)
}

const page = (context: CheckContext, startIndex: number) =>
  context.get(`${context.users.endpoint}?startIndex=${startIndex}&count=5`)

const starts = [1, 6, 11] as const

/** The validator’s values: random strings even for languages and addresses. */
const values = (context: CheckContext): Readonly<Record<string, string>> => {
  const some = context.unique()
  return {
    displayName: some,
    nickName: some,
    title: some,
    userType: some,
    preferredLanguage: 'yo-NG',
    locale: some,
    timezone: some,
    profileUrl: some,
    'name.givenName': some,
    'name.familyName': some,
    'name.middleName': some,
    'name.formatted': some,
    'name.honorificPrefix': some,
    'name.honorificSuffix': some,
    'emails[type eq "work"].value': `${some}@example.com`,
    'phoneNumbers[type eq "work"].value': '48-555-0100',
    'phoneNumbers[type eq "mobile"].value': '48-555-0101',
    'phoneNumbers[type eq "fax"].value': '48-555-0102',
    'addresses[type eq "work"].formatted': some,
    'addresses[type eq "work"].streetAddress': some,
    'addresses[type eq "work"].locality': some,
    'addresses[type eq "work"].region': some,
    'addresses[type eq "work"].postalCode': 'zw5 1af',
    'addresses[type eq "work"].country': 'Nauru',
    [`${enterpriseUrn}:employeeNumber`]: some,
    [`${enterpriseUrn}:department`]: some,
    [`${enterpriseUrn}:costCenter`]: some,
    [`${enterpriseUrn}:organization`]: some,
    [`${enterpriseUrn}:division`]: some,
  }
}

const known = (context: CheckContext): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values(context)).filter(([path]) => hasAttribute(context.users, path)))

const asValidator = (op: string, all: Readonly<Record<string, Json>>): readonly JsonObject[] => {
  const paths = Object.keys(all)
  const rest = paths.filter(path => !path.includes('['))
  return [
    ...paths.filter(path => path.includes('[')).map(path => patchOperation(op, path, all[path])),
    patchOperation(op, undefined, Object.fromEntries(rest.map(path => [path, all[path] ?? null]))),
  ]
}

const parts = ['entra/update/add-mobile-phone', 'entra/update/flag-add-dotted']

export const microsoftChecks: readonly Check[] = [
  ...(['replace', 'add'] as const).map(op =>
    testsCheck(`${op}-everything`, 'practice', sources.validator, {
      description: `One PATCH, with filtered paths and a value without a path, ${op === 'add' ? 'adds' : 'replaces'} all attributes of a user.`,
      rationale: 'Microsoft’s validator sends about 30 attributes in one request.',
      remedy: 'Apply all operations. In an operation without a path, keys of the value are paths.',
      when: gallery,
      leadsTo: reported('users can’t be updated'),
      after: op === 'add' ? ['probe/stored', ...parts] : ['entra/tests/add-everything'],
      run: async context => {
        const user = await createUser(context)
        const all = known(context)
        if (op === 'replace') await expectPatched(context, user.path, ...asValidator('add', known(context)))
        await expectPatched(context, user.path, ...asValidator(op, all))
        await expectStored(context, user.path, all)
      },
    }),
  ),
  testsCheck('one-attribute-thrice', 'practice', sources.validator, {
    description: 'PATCH applies remove, add and replace of one attribute in order.',
    rationale: 'Microsoft’s validator sends several operations on the same attribute.',
    remedy: 'Apply the operations in order.',
    when: gallery,
    leadsTo: reported('several operations on one attribute don’t work'),
    given: { has: ['title'], user: mappedUser({ title: 'First' }) },
    request: {
      patch: [
        patchOperation('remove', 'title'),
        patchOperation('add', 'title', 'Second'),
        patchOperation('replace', 'title', 'Third'),
      ],
    },
    expect: { stored: { title: 'Third' } },
  }),
  testsCheck('several-attributes', 'practice', sources.validator, {
    description: 'PATCH applies different operations on different attributes in one request.',
    rationale: 'Microsoft’s validator sends different operations in one request.',
    remedy: 'Apply all operations in order.',
    when: gallery,
    leadsTo: reported('several operations in one request don’t work'),
    given: { has: ['title', 'nickName', 'displayName'], user: mappedUser({ title: 'First' }) },
    request: {
      patch: [
        patchOperation('remove', 'title'),
        patchOperation('add', 'nickName', 'Mi'),
        patchOperation('replace', 'displayName', 'Mira Stone'),
      ],
    },
    expect: { stored: { title: undefined, nickName: 'Mi', displayName: 'Mira Stone' } },
  }),
  ...(
    [
      ['empty-text', 'an empty string', ''],
      ['null', 'null', null],
    ] as const
  ).map(([name, words, empty]) =>
    testsCheck(`update-to-${name}`, 'practice', sources.nullUpdate, {
      description: `Replacing an attribute with ${words} clears it.`,
      rationale: 'Microsoft’s Logic App tests clear each optional attribute this way.',
      remedy: 'Treat null and an empty string in PATCH as no value.',
      when: gallery,
      leadsTo: reported(`attributes can’t be cleared with ${words}`),
      given: { user: scene => mappedUser({ [scene.text]: scene.mark })(scene) },
      request: ({ text }) => ({ patch: patchOperation('replace', text, empty) }),
      expect: ({ text }) => ({ stored: { [text]: undefined } }),
    }),
  ),
  pagingCheck('page-starts-where-asked', 'practice', sources.nullUpdate, {
    description: 'GET /Users with count=5 returns the requested startIndex: 1, 6 and 11.',
    rationale: 'Microsoft’s Logic App tests and Entra ID’s account discovery rely on it.',
    remedy: 'Return the requested startIndex.',
    when: gallery,
    leadsTo: reported('paging doesn’t work'),
    run: async context => {
      await atLeastEleven(context)
      for (const start of starts) {
        const response = await page(context, start)
        expectStatus(response, 200)
        const { startIndex } = jsonObject(response)
        if (startIndex !== start) fail(`startIndex ${start}`, String(startIndex), response)
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
      await atLeastEleven(context)
      for (const start of [1, 6]) {
        const response = await page(context, start)
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
      await atLeastEleven(context)
      const response = await page(context, 1)
      expectStatus(response, 200)
      const { totalResults } = jsonObject(response)
      if (typeof totalResults !== 'number' || totalResults < 11)
        fail('totalResults of at least 11', String(totalResults), response)
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
      await atLeastEleven(context)
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

import type { Check, CheckContext, SupportedAttribute, SupportedType } from '../../check.ts'
import { expectStatus, fail, jsonObject, listedResources } from '../../expect.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { hasAttribute, orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { gallery, reported, sources, testsCheck } from './areas.ts'

/** Eleven of the check’s own: others may go away meanwhile. */
async function atLeastEleven(context: CheckContext): Promise<void> {
  for (let made = 0; made < 11; made++) await createUser(context)
}

const page = (context: CheckContext, startIndex: number) =>
  context.get(`${context.users.endpoint}?startIndex=${startIndex}&count=5`)

const starts = [1, 6, 11] as const

export const microsoftPagingChecks: readonly Check[] = [
  testsCheck({
    id: 'page-starts-where-asked',
    description: 'Pages of five tell the startIndex that was asked for: 1, 6 and 11.',
    source: sources.nullUpdate,
    rationale: 'Microsoft’s Logic App tests and Entra ID’s account discovery rely on it.',
    remedy: 'Return the requested startIndex.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
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
  testsCheck({
    id: 'pages-hold-what-was-asked',
    description: 'Pages of five hold five resources, and itemsPerPage says so.',
    source: sources.discovery,
    rationale: 'Entra ID’s account discovery reads all users with startIndex and count.',
    remedy: 'Return as many resources as count requests, and their number in itemsPerPage.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
    when: 'you have Entra discover the server’s accounts',
    leadsTo: 'It misses users, or shows some twice.',
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
  testsCheck({
    id: 'total-is-of-all',
    description: 'totalResults counts all that match, not those on the page.',
    source: sources.discovery,
    rationale: 'Entra ID’s account discovery and Microsoft’s Logic App tests stop at totalResults.',
    remedy: 'Return the number of all matches in totalResults.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
    when: 'you have Entra discover the server’s accounts',
    leadsTo: 'It stops after the first page.',
    run: async context => {
      await atLeastEleven(context)
      const response = await page(context, 1)
      expectStatus(response, 200)
      const { totalResults } = jsonObject(response)
      if (typeof totalResults !== 'number' || totalResults < 11)
        fail('totalResults of at least 11', String(totalResults), response)
    },
  }),
  testsCheck({
    id: 'pages-do-not-overlap',
    description: 'Nobody is on two pages, and a page that is read again is the same.',
    source: sources.discovery,
    rationale: 'Entra ID’s account discovery combines the pages.',
    remedy: 'Return lists in a stable order.',
    needs: ['write', 'users', 'index-paging'],
    effect: 'shown-wrong',
    when: 'you have Entra discover the server’s accounts',
    leadsTo: 'It misses users, and shows others twice.',
    run: async context => {
      await atLeastEleven(context)
      const idsOf = async (start: number) => listedResources(await page(context, start)).map(({ id }) => id)
      let seen = ''
      // Others come and go meanwhile, which moves everybody by a place; once it has to be right.
      const right = await context.eventually(async () => {
        const [first, second, again] = [await idsOf(1), await idsOf(6), await idsOf(1)]
        seen = [first, second, again].map(String).join(' | ')
        return String(first) === String(again) && !second.some(id => first.includes(id))
      })
      if (!right) fail('two pages without a double, and the first one the same again', seen)
    },
  }),
]

/** The validator’s values: random texts also where a language or an address would stand. */
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

/** Filtered paths have an operation each, all else is in one. */
const asValidator = (op: string, all: Readonly<Record<string, Json>>): readonly JsonObject[] => {
  const paths = Object.keys(all)
  const rest = paths.filter(path => !path.includes('['))
  return [
    ...paths.filter(path => path.includes('[')).map(path => patchOperation(op, path, all[path])),
    patchOperation(op, undefined, Object.fromEntries(rest.map(path => [path, all[path] ?? null]))),
  ]
}

const clearable = ({
  type,
  multiValued,
  required,
  mutability,
  uniqueness,
  returned,
}: SupportedAttribute): boolean =>
  type === 'string' &&
  !multiValued &&
  !required &&
  mutability === 'readWrite' &&
  uniqueness === 'none' &&
  returned === 'default'

/** Optional plain texts of a type. */
const optionalTexts = (type: SupportedType): readonly string[] =>
  type.attributes
    .filter(clearable)
    .map(({ name }) => name)
    .filter(name => name !== 'displayName' && name !== 'externalId')

const checkEmptied = async (context: CheckContext, empty: Json): Promise<void> => {
  const names = optionalTexts(context.users)
  requireAttributes(context.users, names[0] ?? 'optional text')
  const path = names.includes('title') ? 'title' : (names[0] ?? '')
  const user = await createUser(context)
  await orSkipAsConsequence(
    'PATCH doesn’t set a value',
    'entra/update/replace-without-a-value-there',
    async () => {
      await expectPatched(context, user.path, patchOperation('replace', path, 'en-GB'))
      await expectStored(context, user.path, { [path]: 'en-GB' })
    },
  )
  await expectPatched(context, user.path, patchOperation('replace', path, empty))
  await expectStored(context, user.path, { [path]: undefined })
}

export const microsoftPatchChecks: readonly Check[] = [
  ...(['replace', 'add'] as const).map(op =>
    testsCheck({
      id: `${op}-everything`,
      description: `One PATCH that ${op === 'add' ? 'adds' : 'replaces'} all attributes of a user is applied, with filtered paths and a value without a path.`,
      source: sources.validator,
      rationale: 'Microsoft’s validator sends about 30 attributes in one request.',
      remedy: 'Apply all operations. In an operation without a path, keys of the value are paths.',
      effect: 'shown-wrong',
      when: gallery,
      leadsTo: reported('users can’t be updated'),
      run: async context => {
        const user = await createUser(context)
        const all = known(context)
        const first = known(context)
        if (op === 'replace') await expectPatched(context, user.path, ...asValidator('add', first))
        await expectPatched(context, user.path, ...asValidator(op, all))
        await expectStored(context, user.path, all)
      },
    }),
  ),
  testsCheck({
    id: 'one-attribute-thrice',
    description: 'Remove, add and replace of one attribute in one PATCH leave the last value.',
    source: sources.validator,
    rationale: 'Microsoft’s validator sends several operations on the same attribute.',
    remedy: 'Apply the operations in order.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: reported('several operations on one attribute don’t work'),
    run: async context => {
      requireAttributes(context.users, 'title')
      const user = await createUser(context, { title: 'First' })
      await expectPatched(
        context,
        user.path,
        patchOperation('remove', 'title'),
        patchOperation('add', 'title', 'Second'),
        patchOperation('replace', 'title', 'Third'),
      )
      await expectStored(context, user.path, { title: 'Third' })
    },
  }),
  testsCheck({
    id: 'several-attributes',
    description: 'Different operations on different attributes in one PATCH are all applied.',
    source: sources.validator,
    rationale: 'Microsoft’s validator sends different operations in one request.',
    remedy: 'Apply all operations in order.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: reported('several operations in one request don’t work'),
    run: async context => {
      requireAttributes(context.users, 'title', 'nickName', 'displayName')
      const user = await createUser(context, { title: 'First' })
      await expectPatched(
        context,
        user.path,
        patchOperation('remove', 'title'),
        patchOperation('add', 'nickName', 'Mi'),
        patchOperation('replace', 'displayName', 'Mira Stone'),
      )
      await expectStored(context, user.path, { title: undefined, nickName: 'Mi', displayName: 'Mira Stone' })
    },
  }),
  ...(
    [
      ['empty-text', 'an empty text', ''],
      ['null', 'null', null],
    ] as const
  ).map(([name, words, empty]) =>
    testsCheck({
      id: `update-to-${name}`,
      description: `An attribute that is replaced with ${words} has no value any more.`,
      source: sources.nullUpdate,
      rationale: 'Microsoft’s Logic App tests clear each optional attribute this way.',
      remedy: 'Treat null and an empty string in PATCH as no value.',
      effect: 'shown-wrong',
      when: gallery,
      leadsTo: reported(`attributes can’t be cleared with ${words}`),
      run: context => checkEmptied(context, empty),
    }),
  ),
]

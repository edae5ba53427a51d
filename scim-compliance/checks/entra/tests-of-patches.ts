import type { Check } from '../../check.ts'
import type { Json, JsonObject } from '../../json.ts'
import type { AttributeAtHand, Stage, TypeAtHand } from '../../stage.ts'
import { enterpriseUrn } from '../../urns.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs, offers } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { reached } from '../tools/prepared.ts'
import { gallery, reported, testsCheck } from './areas.ts'
import { sources } from './sources.ts'

/** The validator’s values: random texts also where a language or an address would stand. */
const values = (stage: Stage): Readonly<Record<string, string>> => {
  const some = stage.unique()
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

const known = (stage: Stage): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values(stage)).filter(([path]) => offers(stage.users, path)))

/** Filtered paths have an operation each, all else is in one. */
const asValidator = (op: string, all: Readonly<Record<string, Json>>): readonly JsonObject[] => {
  const paths = Object.keys(all)
  const rest = paths.filter(path => !path.includes('['))
  return [
    ...paths.filter(path => path.includes('[')).map(path => operation(op, path, all[path])),
    operation(op, undefined, Object.fromEntries(rest.map(path => [path, all[path] ?? null]))),
  ]
}

const clearable = ({
  type,
  multiValued,
  required,
  mutability,
  uniqueness,
  returned,
}: AttributeAtHand): boolean =>
  type === 'string' &&
  !multiValued &&
  !required &&
  mutability === 'readWrite' &&
  uniqueness === 'none' &&
  returned === 'default'

/** Optional plain texts of a type. */
const optionalTexts = (type: TypeAtHand): readonly string[] =>
  type.attributes
    .filter(clearable)
    .map(({ name }) => name)
    .filter(name => name !== 'displayName' && name !== 'externalId')

const checkEmptied = async (stage: Stage, empty: Json): Promise<void> => {
  const names = optionalTexts(stage.users)
  needs(stage.users, names[0] ?? 'optional text')
  const path = names.includes('title') ? 'title' : (names[0] ?? '')
  const user = await createUser(stage)
  await reached('PATCH doesn’t set a value', 'entra/update/replace-without-a-value-there', async () => {
    await expectPatched(stage, user.path, operation('replace', path, 'en-GB'))
    await expectKept(stage, user.path, { [path]: 'en-GB' })
  })
  await expectPatched(stage, user.path, operation('replace', path, empty))
  await expectKept(stage, user.path, { [path]: undefined })
}

export const checks: readonly Check[] = [
  ...(['replace', 'add'] as const).map(op =>
    testsCheck({
      id: `${op}-everything`,
      says: `One PATCH that ${op === 'add' ? 'adds' : 'replaces'} all attributes of a user is applied, with filtered paths and a value without a path.`,
      source: sources.validator,
      matters: 'Microsoft’s validator sends some thirty attributes in one request.',
      mend: 'Apply all operations; keys of a value without a path are paths.',
      effect: 'shown-wrong',
      when: gallery,
      leadsTo: reported('users can’t be updated'),
      run: async stage => {
        const user = await createUser(stage)
        const all = known(stage)
        const first = known(stage)
        if (op === 'replace') await expectPatched(stage, user.path, ...asValidator('add', first))
        await expectPatched(stage, user.path, ...asValidator(op, all))
        await expectKept(stage, user.path, all)
      },
    }),
  ),
  testsCheck({
    id: 'one-attribute-thrice',
    says: 'Remove, add and replace of one attribute in one PATCH leave the last value.',
    source: sources.validator,
    matters: 'Microsoft’s validator sends several operations on one attribute.',
    mend: 'Apply the operations in order.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: reported('several operations on one attribute don’t work'),
    run: async stage => {
      needs(stage.users, 'title')
      const user = await createUser(stage, { title: 'First' })
      await expectPatched(
        stage,
        user.path,
        operation('remove', 'title'),
        operation('add', 'title', 'Second'),
        operation('replace', 'title', 'Third'),
      )
      await expectKept(stage, user.path, { title: 'Third' })
    },
  }),
  testsCheck({
    id: 'several-attributes',
    says: 'Different operations on different attributes in one PATCH are all applied.',
    source: sources.validator,
    matters: 'Microsoft’s validator mixes operations.',
    mend: 'Apply all operations, in order.',
    effect: 'shown-wrong',
    when: gallery,
    leadsTo: reported('several operations in one request don’t work'),
    run: async stage => {
      needs(stage.users, 'title', 'nickName', 'displayName')
      const user = await createUser(stage, { title: 'First' })
      await expectPatched(
        stage,
        user.path,
        operation('remove', 'title'),
        operation('add', 'nickName', 'Mi'),
        operation('replace', 'displayName', 'Mira Stone'),
      )
      await expectKept(stage, user.path, { title: undefined, nickName: 'Mi', displayName: 'Mira Stone' })
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
      says: `An attribute that is replaced with ${words} has no value any more.`,
      source: sources.nullUpdate,
      matters: 'Microsoft’s Logic App tests clear each optional attribute so.',
      mend: 'Take null and an empty text in PATCH for no value.',
      effect: 'shown-wrong',
      when: gallery,
      leadsTo: reported(`attributes can’t be cleared with ${words}`),
      run: stage => checkEmptied(stage, empty),
    }),
  ),
]

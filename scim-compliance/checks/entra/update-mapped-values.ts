import type { Check, CheckContext } from '../../check.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { requireAttributes } from '../steps/prerequisites.ts'
import { createUser } from '../steps/users-and-groups.ts'
import { flagged, sources, updateCheck } from './areas.ts'
import { workEmail } from './fixtures.ts'

/** New values: unique email addresses, and valid countries, since servers may check them. */
const newValue = (context: CheckContext, path: string): string =>
  path.startsWith('emails')
    ? `${context.unique()}@example.com`
    : path.includes('country')
      ? 'France'
      : (newValues[path] ?? 'Second')

const newValues: Readonly<Record<string, string>> = {
  preferredLanguage: 'fr-FR',
  'phoneNumbers[type eq "work"].value': '+44 131 496 0101',
  'phoneNumbers[type eq "mobile"].value': '+44 131 496 0102',
  'phoneNumbers[type eq "fax"].value': '+44 131 496 0103',
}

type Several = {
  readonly id: string
  readonly description: string
  readonly source: string
  readonly rationale: string
  readonly remedy: string
  readonly leadsTo: string
  readonly when?: string
  readonly paths: readonly string[]
  readonly first?: JsonObject
  readonly operations: (values: Values) => readonly JsonObject[]
}

type Values = Readonly<Record<string, Json>>

const each = (op: string) => (values: Values) =>
  Object.entries(values).map(([path, value]) => patchOperation(op, path, value))

const inOne = (op: string) => (values: Values) => [patchOperation(op, undefined, values)]

const only = (values: Values, ...paths: readonly string[]): JsonObject =>
  Object.fromEntries(paths.flatMap(path => (values[path] === undefined ? [] : [[path, values[path]]])))

const email = 'emails[type eq "work"].value'

const department = `${enterpriseUrn}:department`

const employeeNumber = `${enterpriseUrn}:employeeNumber`

const merging =
  'With the flag aadOptscim062020, Entra ID merges all attributes without a filter into one operation without a path.'

const keysAsPaths =
  'If an operation has no path, parse the keys of its value as paths: name.givenName, or a URN with an attribute.'

const several: readonly Several[] = [
  {
    id: 'default-several',
    description: 'PATCH applies several Replace operations in one request.',
    source: sources.compatibility,
    rationale: 'By default Entra ID sends one operation for each attribute that differs.',
    remedy: 'Apply all operations in order.',
    leadsTo: 'Only some of the changes in an update are applied.',
    paths: ['displayName', email, 'name.givenName', 'name.familyName'],
    operations: each('Replace'),
  },
  {
    id: 'flag-add-one',
    description: 'add in lower case with a path sets an attribute.',
    source: sources.compatibility,
    rationale: 'With the flag aadOptscim062020, Entra ID writes operations in lower case.',
    remedy: 'Accept op in any case.',
    leadsTo: 'New values aren’t set.',
    when: flagged,
    paths: ['title'],
    operations: each('add'),
  },
  {
    id: 'flag-replace-email',
    description: 'replace in lower case changes the work email address.',
    source: sources.compatibility,
    rationale: 'With the flag aadOptscim062020, each filtered path keeps its own operation.',
    remedy: 'Accept op in any case, and paths with a filter.',
    leadsTo: 'Email addresses aren’t changed.',
    when: flagged,
    paths: [email],
    operations: each('replace'),
  },
  {
    id: 'flag-replace-merged',
    description: 'replace without a path changes several simple attributes.',
    source: sources.compatibility,
    rationale: merging,
    remedy: 'Accept a replace without a path, and change the attributes in its value.',
    leadsTo: 'Updates of several attributes aren’t applied.',
    when: flagged,
    paths: ['displayName', 'title'],
    operations: inOne('replace'),
  },
  {
    id: 'flag-replace-dotted',
    description: 'replace without a path accepts keys with dots.',
    source: sources.compatibility,
    rationale: merging,
    remedy: keysAsPaths,
    leadsTo:
      'Changes of names aren’t applied, because the server doesn’t support keys such as name.givenName.',
    when: flagged,
    paths: ['name.givenName', 'name.familyName'],
    operations: inOne('replace'),
  },
  {
    id: 'flag-replace-urn',
    description: 'replace without a path accepts keys with a URN.',
    source: sources.compatibility,
    rationale: merging,
    remedy: keysAsPaths,
    leadsTo: 'Changes of enterprise attributes aren’t applied, because the server doesn’t support URN keys.',
    when: flagged,
    paths: [department, employeeNumber],
    first: { [enterpriseUrn]: { department: 'Freight' } },
    operations: inOne('replace'),
  },
  {
    id: 'flag-replace-mixed',
    description: 'PATCH applies a filtered path and a value without a path in one request.',
    source: sources.compatibility,
    rationale: merging,
    remedy: keysAsPaths,
    leadsTo: 'Only some of the changes in a typical update are applied.',
    when: flagged,
    paths: [email, 'displayName', 'name.familyName', department],
    operations: values => [
      patchOperation('replace', email, values[email]),
      patchOperation('replace', undefined, only(values, 'displayName', 'name.familyName', department)),
    ],
  },
  {
    id: 'flag-add-dotted',
    description: 'add without a path accepts keys with dots and URNs.',
    source: sources.dottedKeys,
    rationale: merging,
    remedy: keysAsPaths,
    leadsTo: 'New values aren’t set.',
    when: flagged,
    paths: ['title', 'name.formatted', department],
    operations: inOne('add'),
  },
  {
    id: 'flag-urn-path',
    description: 'replace in lower case with the path of an enterprise attribute changes it.',
    source: sources.compatibility,
    rationale:
      'With the flag aadOptscim062020, a single enterprise attribute is sent with its URN as the path.',
    remedy: 'Parse URN:attribute as a path.',
    leadsTo: 'Changes of enterprise attributes aren’t applied.',
    when: flagged,
    paths: [department],
    operations: each('replace'),
  },
  {
    id: 'replace-without-a-value-there',
    description: 'Replace of an attribute without a value sets the value.',
    source: sources.missingElement,
    rationale: 'Entra ID doesn’t always send Add for a missing value.',
    remedy: 'Treat replace on an unassigned attribute as add (RFC 7644 §3.5.2.3).',
    leadsTo: 'New values aren’t set.',
    when: 'Entra sends Replace for an attribute without a value',
    paths: ['title'],
    operations: each('Replace'),
  },
  {
    id: 'replace-without-an-element-there',
    description: 'Replace with a filter that matches nothing creates the element.',
    source: sources.missingElement,
    rationale:
      'Entra ID sends Replace for phoneNumbers[type eq "mobile"].value even if no such element exists.',
    remedy: 'Create an element of that type instead of returning noTarget.',
    leadsTo: 'New phone numbers aren’t set.',
    when: 'Entra sends Replace for a phone number that doesn’t exist',
    paths: ['phoneNumbers[type eq "mobile"].value'],
    operations: each('Replace'),
  },
  {
    id: 'add-what-is-there',
    description: 'Add to a single-valued attribute with a value replaces the value.',
    source: sources.compatibility,
    rationale: 'Entra ID may send Add for an attribute that already has a value on the server.',
    remedy: 'Let add replace the value of a single-valued attribute (RFC 7644 §3.5.2.1).',
    leadsTo: 'The attribute keeps its previous value.',
    when: 'Entra sends Add for an attribute that has a value',
    paths: ['displayName'],
    operations: each('Add'),
  },
]

type Mapped = {
  readonly name: string
  readonly path: string
  readonly first: JsonObject
  readonly level?: 'MUST'
}

const ofPlace = (part: string): Mapped => ({
  name: `work-address-${part.toLowerCase()}`,
  path: `addresses[type eq "work"].${part}`,
  first: { addresses: [workEmail] },
})

const ofPhone = (type: string): Mapped => ({
  name: `${type}-phone`,
  path: `phoneNumbers[type eq "${type}"].value`,
  first: { phoneNumbers: [{ type, value: '+44 131 496 0100' }] },
})

const plain = (name: string): Mapped => ({ name, path: name, first: { [name]: 'first' } })

const ofEnterprise = (name: string): Mapped => ({
  name: `enterprise-${name.toLowerCase()}`,
  path: `${enterpriseUrn}:${name}`,
  first: { [enterpriseUrn]: { [name]: 'first' } },
})

const ofName = (part: string): Mapped => ({
  name: `name-${part.toLowerCase()}`,
  path: `name.${part}`,
  first: { name: { givenName: 'Mira', familyName: 'Holt', [part]: 'First' } },
})

const optional: readonly Mapped[] = [
  plain('title'),
  plain('preferredLanguage'),
  ofName('formatted'),
  ofPhone('work'),
  ofPhone('mobile'),
  ofPhone('fax'),
  ofPlace('formatted'),
  ofPlace('country'),
  ofEnterprise('employeeNumber'),
  ofEnterprise('department'),
]

const replaced: readonly Mapped[] = [
  { ...plain('displayName'), level: 'MUST' },
  ofName('givenName'),
  ofName('familyName'),
  { name: 'work-email', path: 'emails[type eq "work"].value', first: {}, level: 'MUST' },
  ofPhone('work'),
  ofPlace('streetAddress'),
  ofPlace('postalCode'),
  plain('title'),
  ofEnterprise('department'),
]

const kindOf = (path: string): string =>
  path.includes('[') ? 'element' : path.startsWith('urn:') ? 'enterprise attribute' : 'attribute'

const byAttribute = (op: 'Add' | 'Replace') => (attribute: Mapped) => {
  const { name, path, first, level = 'practice' } = attribute
  const elementMissing = op === 'Add' && path.includes('[')
  return updateCheck(
    `${op.toLowerCase()}-${name}`,
    level,
    elementMissing ? sources.missingElement : sources.compatibility,
    {
      description:
        op === 'Replace'
          ? `Replace of ${path} changes the value.`
          : `Add of ${path} sets a missing value${elementMissing ? ', and creates the element' : ''}.`,
      rationale: `Entra ID’s default mapping contains this ${kindOf(path)}; it sends ${op} if ${op === 'Add' ? 'the server returns no value' : 'the value differs'}.`,
      remedy: elementMissing
        ? 'If no element matches a filter such as [type eq "work"], create one that does, and set the value in it.'
        : 'Accept op in any case, and paths with dots, filters and URNs.',
      ...(path.startsWith('urn:') && { needs: ['write', 'users', 'patch', 'enterprise'] as const }),
      effect: 'write',
      leadsTo: `${op} doesn’t ${op === 'Add' ? 'set' : 'change'} ${path}.`,
      run: async context => {
        requireAttributes(context.users, path)
        const user = await createUser(context, op === 'Add' ? {} : first)
        const value = newValue(context, path)
        await expectPatched(context, user.path, patchOperation(op, path, value))
        await expectStored(context, user.path, { [path]: value })
      },
    },
  )
}

export const updateMappingChecks: readonly Check[] = [
  ...optional.map(byAttribute('Add')),
  ...replaced.map(byAttribute('Replace')),
]

const bySeveral = several.map(({ id, source, paths, operations, first = {}, ...texts }) =>
  updateCheck(id, source === sources.compatibility ? 'MUST' : 'practice', source, {
    ...texts,
    needs: ['write', 'users', 'patch'],
    effect: 'write',
    run: async context => {
      requireAttributes(context.users, ...paths)
      const user = await createUser(context, first)
      const values = Object.fromEntries(paths.map(path => [path, newValue(context, path)]))
      await expectPatched(context, user.path, ...operations(values))
      await expectStored(context, user.path, values)
    },
  }),
)

export const updateSeveralChecks: readonly Check[] = [...bySeveral]

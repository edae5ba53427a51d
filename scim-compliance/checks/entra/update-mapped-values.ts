import type { Blame, Check, Prediction } from '../../check.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import type { Form, Scene } from '../forms.ts'
import { patchOperation, withoutEffect } from '../steps/patches.ts'
import { flagged, sources, updateCheck } from './areas.ts'
import { mappedUser, workAddress } from './fixtures.ts'

/** New values: unique email addresses, and valid countries, since servers may check them. */
const newValue = ({ mark }: Scene, path: string): string =>
  path.startsWith('emails')
    ? `${mark}-new@example.com`
    : path.includes('country')
      ? 'France'
      : (newValues[path] ?? 'Second')

const newValues: Readonly<Record<string, string>> = {
  preferredLanguage: 'fr-FR',
  'phoneNumbers[type eq "work"].value': '+44 131 496 0101',
  'phoneNumbers[type eq "mobile"].value': '+44 131 496 0102',
  'phoneNumbers[type eq "fax"].value': '+44 131 496 0103',
}

/** Sets new values at these paths. */
const sets = (
  paths: readonly string[],
  operations: (values: Values) => readonly JsonObject[],
  first: JsonObject = {},
): Form => {
  const values = (scene: Scene): Values =>
    Object.fromEntries(paths.map(path => [path, newValue(scene, path)]))
  return {
    given: { has: paths, user: mappedUser(first) },
    request: scene => ({ patch: operations(values(scene)) }),
    expect: scene => ({ stored: values(scene) }),
  }
}

type Values = Readonly<Record<string, Json>>

const each = (op: string) => (values: Values) =>
  Object.entries(values).map(([path, value]) => patchOperation(op, path, value))

const inOne = (op: string) => (values: Values) => [patchOperation(op, undefined, values)]

const email = 'emails[type eq "work"].value'
const department = `${enterpriseUrn}:department`
const employeeNumber = `${enterpriseUrn}:employeeNumber`

type Texts = Pick<Check, 'description' | 'after'> &
  Partial<Pick<Check, 'source' | 'rationale' | 'remedy'>> & { readonly leadsTo: string }

/** A request of jobs with the flag; by default, one that merges attributes. */
function flagCheck(id: string, form: Form, { source = sources.compatibility, ...texts }: Texts): Check {
  return updateCheck(id, source === sources.compatibility ? 'MUST' : 'practice', source, {
    rationale:
      'With the flag aadOptscim062020, Entra ID merges all attributes without a filter into one operation without a path.',
    remedy:
      'If an operation has no path, parse the keys of its value as paths: name.givenName, or a URN with an attribute.',
    when: flagged,
    ...texts,
    ...form,
  })
}

/** `first`: what a user has before. */
type Mapped = {
  readonly name: string
  readonly path: string
  readonly first: JsonObject
  readonly level?: 'MUST'
}

const ofPlace = (part: string): Mapped => ({
  name: `work-address-${part.toLowerCase()}`,
  path: `addresses[type eq "work"].${part}`,
  first: { addresses: [workAddress] },
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

/** Servers treat attributes of one kind alike: the others follow the first one. */
const likeFor: Readonly<Record<'Add' | 'Replace', readonly (readonly [RegExp, string])[]>> = {
  Add: [
    [/^(preferred|name)/, 'title'],
    [/^(work|fax|mobile)/, 'mobile-phone'],
    [/^enterprise/, 'enterprise-employeenumber'],
  ],
  Replace: [
    [/^name/, 'name-givenname'],
    [/^work/, 'work-email'],
  ],
}

const neverPatched = (effect: Prediction['effect'], why: string): Prediction => ({
  effect,
  summary: `Users aren’t updated, disabled or enabled, and no memberships are written, because ${why}`,
  topic: 'users aren’t updated or disabled, and no memberships are written',
})

/** The check that reports that PATCH changes nothing at all. */
const patchBlame: readonly Blame[] = [
  {
    if: seen => seen.probe('probe/patch')?.kind === 'rejected',
    predict: neverPatched(
      'escrow',
      'the server rejects PATCH. The requests fail, and Entra retries them later (escrow).',
    ),
  },
  {
    if: seen => seen.probe('probe/patch')?.kind === 'without effect',
    remedy: withoutEffect,
    predict: neverPatched(
      'data-lost',
      'PATCH has no effect. The server reports success, so Entra does too, and the values are lost.',
    ),
  },
]

const byAttribute = (op: 'Add' | 'Replace') => (attribute: Mapped) => {
  const { name, path, first, level = 'practice' } = attribute
  const elementMissing = op === 'Add' && path.includes('[')
  const id = `${op.toLowerCase()}-${name}`
  return updateCheck(id, level, elementMissing ? sources.missingElement : sources.compatibility, {
    description:
      op === 'Replace'
        ? `Replace of ${path} changes the value.`
        : `Add of ${path} sets a missing value${elementMissing ? ', and creates the element' : ''}.`,
    rationale: `Entra ID’s default mapping contains this ${kindOf(path)}; it sends ${op} if ${op === 'Add' ? 'the server returns no value' : 'the value differs'}.`,
    remedy: elementMissing
      ? 'If no element matches a filter such as [type eq "work"], create one that does, and set the value in it.'
      : 'Accept op in any case, and paths with dots, filters and URNs.',
    ...(path.startsWith('urn:') && { needs: ['write', 'users', 'patch', 'enterprise'] as const }),
    after: [
      ...likeFor[op]
        .filter(([pattern, like]) => pattern.test(name) && like !== name)
        .map(([, like]) => `entra/update/${op.toLowerCase()}-${like}`),
      ...(path.startsWith('urn:') ? ['entra/update/add-enterprise-employeenumber'] : []),
    ],
    leadsTo: `${op} doesn’t ${op === 'Add' ? 'set' : 'change'} ${path}.`,
    ...(path === 'displayName' && { blame: patchBlame }),
    ...sets([path], each(op), op === 'Add' ? {} : first),
  })
}

export const updateMappedChecks: readonly Check[] = [
  ...optional.map(byAttribute('Add')),
  ...replaced.map(byAttribute('Replace')),
  updateCheck('default-several', 'MUST', sources.compatibility, {
    description: 'PATCH applies several Replace operations in one request.',
    rationale: 'By default Entra ID sends one operation for each attribute that differs.',
    remedy: 'Apply all operations in order.',
    leadsTo: 'Only some of the changes in an update are applied.',
    after: ['replace-displayName', 'replace-work-email', 'replace-name-givenname'].map(
      name => `entra/update/${name}`,
    ),
    ...sets(['displayName', email, 'name.givenName', 'name.familyName'], each('Replace')),
  }),
  flagCheck('flag-add-one', sets(['title'], each('add')), {
    description: 'add in lower case with a path sets an attribute.',
    rationale: 'With the flag aadOptscim062020, Entra ID writes operations in lower case.',
    remedy: 'Accept op in any case.',
    leadsTo: 'New values aren’t set.',
    after: ['entra/update/add-title'],
  }),
  flagCheck('flag-replace-email', sets([email], each('replace')), {
    description: 'replace in lower case changes the work email address.',
    rationale: 'With the flag aadOptscim062020, each filtered path keeps its own operation.',
    remedy: 'Accept op in any case, and paths with a filter.',
    leadsTo: 'Email addresses aren’t changed.',
    after: ['entra/update/replace-work-email'],
  }),
  flagCheck('flag-replace-merged', sets(['displayName', 'title'], inOne('replace')), {
    description: 'replace without a path changes several simple attributes.',
    remedy: 'Accept a replace without a path, and change the attributes in its value.',
    leadsTo: 'Updates of several attributes aren’t applied.',
  }),
  flagCheck('flag-replace-dotted', sets(['name.givenName', 'name.familyName'], inOne('replace')), {
    description: 'replace without a path accepts keys with dots.',
    leadsTo:
      'Changes of names aren’t applied, because the server doesn’t support keys such as name.givenName.',
    after: ['entra/update/flag-replace-merged'],
  }),
  flagCheck(
    'flag-replace-urn',
    sets([department, employeeNumber], inOne('replace'), { [enterpriseUrn]: { department: 'Freight' } }),
    {
      description: 'replace without a path accepts keys with a URN.',
      leadsTo:
        'Changes of enterprise attributes aren’t applied, because the server doesn’t support URN keys.',
      after: ['entra/update/flag-replace-merged', 'entra/update/replace-enterprise-department'],
    },
  ),
  flagCheck(
    'flag-replace-mixed',
    sets([email, 'displayName', 'name.familyName', department], ({ [email]: filtered, ...rest }) => [
      patchOperation('replace', email, filtered),
      patchOperation('replace', undefined, rest),
    ]),
    {
      description: 'PATCH applies a filtered path and a value without a path in one request.',
      leadsTo: 'Only some of the changes in a typical update are applied.',
      after: ['entra/update/flag-replace-dotted', 'entra/update/flag-replace-urn'],
    },
  ),
  flagCheck('flag-add-dotted', sets(['title', 'name.formatted', department], inOne('add')), {
    description: 'add without a path accepts keys with dots and URNs.',
    source: sources.dottedKeys,
    leadsTo: 'New values aren’t set.',
    after: ['entra/update/flag-replace-dotted', 'entra/update/flag-replace-urn'],
  }),
  flagCheck('flag-urn-path', sets([department], each('replace')), {
    description: 'replace in lower case with the path of an enterprise attribute changes it.',
    rationale:
      'With the flag aadOptscim062020, a single enterprise attribute is sent with its URN as the path.',
    remedy: 'Parse URN:attribute as a path.',
    leadsTo: 'Changes of enterprise attributes aren’t applied.',
    after: ['entra/update/replace-enterprise-department'],
  }),
  updateCheck('replace-without-a-value-there', 'practice', sources.missingElement, {
    description: 'Replace of an attribute without a value sets the value.',
    rationale: 'Entra ID doesn’t always send Add for a missing value.',
    remedy: 'Treat replace on an unassigned attribute as add (RFC 7644 §3.5.2.3).',
    leadsTo: 'New values aren’t set.',
    when: 'Entra sends Replace for an attribute without a value',
    ...sets(['title'], each('Replace')),
  }),
  updateCheck('replace-without-an-element-there', 'practice', sources.missingElement, {
    description: 'Replace with a filter that matches nothing creates the element.',
    rationale:
      'Entra ID sends Replace for phoneNumbers[type eq "mobile"].value even if no such element exists.',
    remedy: 'Create an element of that type instead of returning noTarget.',
    leadsTo: 'New phone numbers aren’t set.',
    when: 'Entra sends Replace for a phone number that doesn’t exist',
    after: ['entra/update/add-mobile-phone'],
    ...sets(['phoneNumbers[type eq "mobile"].value'], each('Replace')),
  }),
  updateCheck('add-what-is-there', 'MUST', sources.compatibility, {
    description: 'Add to a single-valued attribute with a value replaces the value.',
    rationale: 'Entra ID may send Add for an attribute that already has a value on the server.',
    remedy: 'Let add replace the value of a single-valued attribute (RFC 7644 §3.5.2.1).',
    leadsTo: 'The attribute keeps its previous value.',
    when: 'Entra sends Add for an attribute that has a value',
    after: ['entra/update/replace-displayName'],
    ...sets(['displayName'], each('Add')),
  }),
]

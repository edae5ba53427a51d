import type { ObjectOutcome } from '../../domain/contract/rehearsal.ts'
import { evaluateExpression, parseExpression } from '../../provisioning/entra/mapping/expression.ts'
import { MappingError } from '../../provisioning/entra/mapping/fields.ts'
import { type Expression, toText } from '../../provisioning/entra/mapping/values.ts'
import { isObject, type JsonObject } from '../../scim/json.ts'
import { fold, shortList } from '../../scim/text.ts'
import {
  type Played,
  RehearsalError,
  type RehearsalMistake,
  type SourceObject,
  type State,
} from './played.ts'

/** Why a user or group at AWS and one of the source are the same. Only the report uses it: the client decides by itself. */
export type Same = {
  readonly source: SourceObject
  readonly grade: NonNullable<ObjectOutcome['person']>
  readonly by: string
}

export type NamedPerson = { readonly aws: string; readonly source: string }

type Texts = readonly (string | undefined)[]

type Key = {
  readonly grade: Same['grade']
  readonly by: string
  readonly ofSource: (object: SourceObject) => Texts
  readonly ofAws: (document: JsonObject) => Texts
}

export const textIn = (value: unknown, name: string): string | undefined => {
  const text = isObject(value) ? value[name] : undefined
  return typeof text === 'string' ? text : undefined
}

const attributesOf = ({ attributes }: SourceObject, names: readonly string[]): readonly string[] =>
  names.flatMap(name => {
    const value = attributes[name]
    return typeof value === 'boolean' || value === undefined ? [] : value
  })

const folded = (texts: Texts) => texts.map(text => text && fold(text))

/** Undefined unless all parts exist. */
const personKey = (given: string | undefined, family: string | undefined, userName: string | undefined) =>
  given && family && userName ? fold([given, family, userName.split('@', 1)[0]].join('\n')) : undefined

const key = (by: string, grade: Key['grade'], ofSource: Key['ofSource'], ofAws: Key['ofAws']): Key => ({
  ...{ by, grade, ofSource, ofAws },
})

const idAttributes = ['oktaId', 'immutableId', 'onPremisesImmutableId', 'mailNickname']
const addressAttributes = [
  ...['mail', 'otherMails', 'proxyAddresses', 'aliases', 'userPrincipalName', 'email'],
  ...['secondEmail', 'primaryEmail'],
]
const enterpriseUser = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const externalId = key(
  'externalId',
  'certain',
  object => [object.id, ...attributesOf(object, idAttributes)],
  document => [textIn(document, 'externalId')],
)

const sameCase = key(
  'userName',
  'certain',
  ({ nameId }) => [nameId],
  document => [textIn(document, 'userName')],
)

const anyCase = (name: 'userName' | 'displayName') =>
  key(
    `${name} in any letter case`,
    'certain',
    object => folded([name === 'userName' ? object.nameId : object.name]),
    document => folded([textIn(document, name)]),
  )

const address = key(
  'an address',
  'likely',
  object =>
    folded(attributesOf(object, addressAttributes)).map(text =>
      text?.startsWith('smtp:') ? text.slice('smtp:'.length) : text,
    ),
  ({ emails, userName }) =>
    folded([...(Array.isArray(emails) ? emails.map(email => textIn(email, 'value')) : []), String(userName)]),
)

const employee = key(
  'the employee number',
  'possible',
  object => attributesOf(object, ['employeeId', 'employeeNumber']),
  document => [textIn(document[enterpriseUser], 'employeeNumber')],
)

const fullName = key(
  'the name',
  'possible',
  object => {
    const [given, family] = ['givenName', 'surname'].map(name => attributesOf(object, [name])[0])
    return [personKey(given, family, object.nameId)]
  },
  ({ name, userName }) => [
    personKey(textIn(name, 'givenName'), textIn(name, 'familyName'), String(userName)),
  ],
)

/** In the order in which they decide. */
const keys: Readonly<Record<SourceObject['type'], readonly Key[]>> = {
  User: [externalId, sameCase, anyCase('userName'), address, employee, fullName],
  Group: [externalId, anyCase('displayName')],
}

/** Objects by those values of a key that are wanted; null for values of several objects. */
function indexBy(objects: readonly SourceObject[], { ofSource }: Key, wanted: ReadonlySet<string>) {
  const index = new Map<string, SourceObject | null>()
  for (const object of objects) {
    for (const value of new Set(ofSource(object))) {
      if (value && wanted.has(value)) index.set(value, index.has(value) ? null : object)
    }
  }
  return index
}

/**
 * The object of the source by the ID at AWS. Named people come first, then the object whose ID is the external ID: a client that
 * matches by name may link another, who then has the access of the first. Then come links of the client, then the first key that
 * finds anything; if it finds several objects, there is none.
 */
export function findSame(
  type: SourceObject['type'],
  documents: State['users'],
  { client: { objects }, links }: Pick<Played, 'client' | 'links'>,
  people: ReadonlyMap<string, string>,
): ReadonlyMap<string, Same> {
  const candidates = objects.filter(object => object.type === type)
  const byId = new Map(candidates.map(object => [object.id, object]))
  const linked = new Map([...links].map(([source, aws]) => [aws, source]))
  const named = (id: string | undefined, by: string): Same | undefined => {
    const source = byId.get(id ?? '')
    return source && { source, grade: 'certain', by }
  }

  const withoutKeys = (id: string, document: JsonObject): Same | undefined =>
    named(people.get(id), 'people') ??
    named(textIn(document, 'externalId'), externalId.by) ??
    named(linked.get(id), 'the client')

  const same = new Map<string, Same>()
  const others: string[] = []
  // The values of all objects would take 50 MB for 100,000 users.
  const wanted = new Set<string>()
  for (const [id, text] of documents) {
    const document: JsonObject = JSON.parse(text)
    const found = withoutKeys(id, document)
    if (found) same.set(id, found)
    else {
      others.push(id)
      for (const value of keys[type].flatMap(({ ofAws }) => ofAws(document))) if (value) wanted.add(value)
    }
  }
  const indexes = keys[type].map(key => ({ ...key, index: indexBy(candidates, key, wanted) }))

  const byKeys = (document: JsonObject): Same | undefined => {
    for (const { index, ofAws, grade, by } of indexes) {
      const found = new Set(ofAws(document).map(value => (value ? index.get(value) : undefined)))
      found.delete(undefined)
      const [source] = found
      if (found.size > 0) return found.size === 1 && source ? { source, grade, by } : undefined
    }
    return undefined
  }

  for (const id of others) {
    const found = byKeys(JSON.parse(documents.get(id) ?? '{}'))
    if (found) same.set(id, found)
  }
  return same
}

const maxReported = 20

export const errorIn = (part: RehearsalMistake['part'], messages: readonly string[]): RehearsalError =>
  new RehearsalError(messages.slice(0, maxReported).map(message => ({ part, message })))

/** Pairs of IDs, of IDs or names. Throws `RehearsalError`. */
export function readPeople(
  people: readonly NamedPerson[],
  users: ReadonlyMap<string, { readonly document: string }>,
  objects: readonly SourceObject[],
): ReadonlyMap<string, string> {
  if (people.length === 0) return new Map()
  const awsIds = new Map<string, string>()
  for (const [id, { document }] of users) {
    for (const name of [id, JSON.parse(document).userName]) awsIds.set(fold(String(name)), id)
  }
  const sourceIds = new Map<string, string>()
  for (const { type, id, nameId = id } of objects) {
    if (type === 'User') sourceIds.set(fold(id), id).set(fold(nameId), id)
  }
  const pairs = people.map(({ aws, source }) => [awsIds.get(fold(aws)), sourceIds.get(fold(source))] as const)
  const unknown = people.flatMap(({ aws, source }, at) => [
    ...(pairs[at]?.[0] === undefined ? [`People: ${aws} is no user at AWS.`] : []),
    ...(pairs[at]?.[1] === undefined ? [`People: ${source} is no user of the source.`] : []),
  ])
  if (unknown.length > 0) throw errorIn('people', unknown)
  return new Map(pairs as (readonly [string, string])[])
}

export type ReadNameId = (object: SourceObject) => string | undefined

/** The NameID of a person, by an attribute or an expression of Entra ID. Throws `RehearsalError`. */
export function readNameId(written: string | undefined, objects: readonly SourceObject[]): ReadNameId {
  if (written === undefined) return ({ nameId }) => nameId
  const expression = parseNameId(written)
  const read: ReadNameId = ({ id, attributes, isEnabled }) => {
    const value = evaluateExpression(expression, {
      attributes: { ...attributes, objectId: id },
      accountEnabled: isEnabled,
      isSoftDeleted: false,
      appRoles: [],
    })
    return value === undefined ? undefined : toText(value)
  }
  const people = objects.filter(({ type }) => type === 'User')
  if (people.length > 0 && people.every(person => read(person) === undefined)) {
    const known = [...new Set(people.flatMap(({ attributes }) => Object.keys(attributes)))].sort()
    throw nameIdError(`No user of the source has a value for ${written}. There are ${shortList(known)}.`)
  }
  return read
}

const nameIdError = (message: string) => errorIn('nameId', [`NameID: ${message}`])

function parseNameId(written: string): Expression {
  if (/^[\w.]+$/.test(written)) return { kind: 'attribute', name: written }
  try {
    return parseExpression(written)
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    throw nameIdError(error.errors.map(({ text }) => text).join(' '))
  }
}

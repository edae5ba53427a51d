import { enterprise, userMembers } from '../../aws-api/identity-store/shapes.ts'
import { extensionName, lowerCamel, placeOf, withValue } from '../../aws-api/identity-store/updates.ts'
import { optional, type Shape, structure, text } from '../../aws-api/shape.ts'
import type { AssignmentTarget, Principal } from '../../domain/ports/account-assignments.ts'
import type { ApplicationAssignment, AwsInstance } from '../../domain/tenants/imported.ts'
import { loadProfile } from '../../profiles/registry.ts'
import { enterpriseUserSchema } from '../../scim/core-schemas.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import { printable } from './archive.ts'
import type { Audit, DirectoryMembership, DirectoryPermissionSet, DirectoryRecord } from './directory.ts'

// Elements of lists as the AWS CLI and the SDKs print them. All functions throw `RecordError`.

/** Why a value can't be read, as the rest of a sentence that begins with its place. */
export class RecordError extends Error {}

const patterns = {
  /** Older IDs begin with ten more digits. */
  id: /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  store: /^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  account: /^\d{12}$/,
  instance: /^arn:[a-z-]{3,20}:sso:::instance\/(?:sso)?ins-[\w.-]{16}$/,
  permissionSet: /^arn:[a-z-]{3,20}:sso:::permissionSet\/((?:sso)?ins-[\w.-]{16})\/(ps-[\w./-]{16})$/,
  region: /^[a-z\d-]{1,32}$/,
  application: /^arn:[a-z-]{3,20}:sso::\d{12}:application\/[\w./-]{1,100}$/,
}

export const regionOf = ({ region }: JsonObject): string | undefined =>
  typeof region === 'string' && patterns.region.test(region) ? region : undefined

export const isId = (text: string): boolean => patterns.id.test(text)

const shown = (value: unknown): string => JSON.stringify(printable(String(value).slice(0, 60)))

/** Absent, null, an empty list and an empty object are the same. */
const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)

function fieldsOf(element: Json) {
  if (!isObject(element)) throw new RecordError(' is no object.')
  const has = (name: string) => Object.hasOwn(element, name) && !isAbsent(element[name])
  const optionalText = (name: string, pattern?: RegExp): string | undefined => {
    const value = has(name) ? element[name] : undefined
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw new RecordError(`.${name} is no text.`)
    if (pattern && !pattern.test(value))
      throw new RecordError(`.${name} is ${shown(value)}, which AWS does not use.`)
    return value
  }
  return {
    element,
    optionalText,
    text(name: string, pattern?: RegExp): string {
      const value = optionalText(name, pattern)
      if (value === undefined) throw new RecordError(` has no ${name}.`)
      return value
    },
    time: (name: string) => (has(name) ? toTime(name, element[name]) : undefined),
  }
}

type Fields = ReturnType<typeof fieldsOf>

const isoTime = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** Seconds of the AWS CLI 1, ISO 8601 of the AWS CLI 2 and JavaScript, or `str` of Python's datetime; to the millisecond. */
export function toTime(name: string, value: unknown): number {
  const time =
    typeof value === 'number'
      ? Math.round(value * 1000)
      : typeof value === 'string' && isoTime.test(value)
        ? Date.parse(value.replace(' ', 'T'))
        : Number.NaN
  if (time >= 0 && time < Date.UTC(10_000, 0)) return time
  throw new RecordError(`.${name} is no time.`)
}

function auditOf({ time, optionalText }: Fields): { readonly audit?: Audit } {
  const at = time('CreatedAt')
  const updatedAt = time('UpdatedAt') ?? at
  if (at === undefined || updatedAt === undefined) return {}
  return {
    audit: compact({ at, by: optionalText('CreatedBy'), updatedAt, updatedBy: optionalText('UpdatedBy') }),
  }
}

const anyText = optional(text())
const externalIdShape: Shape = { kind: 'list', of: structure({ Issuer: anyText, Id: anyText }) }
const shapes = {
  User: structure({
    ...userMembers,
    Extensions: optional(structure({ [extensionName]: optional(enterprise) })),
  }),
  Group: structure({ DisplayName: anyText, Description: anyText }),
}

/** Members of users and groups that the shapes do not have. */
const otherMembers: ReadonlySet<string> = new Set([
  ...['IdentityStoreId', 'UserId', 'GroupId', 'ExternalIds', 'UserStatus'],
  ...['CreatedAt', 'CreatedBy', 'UpdatedAt', 'UpdatedBy'],
])

type Split = { readonly known?: Json; readonly unknown?: Json }

const presentList = (items: readonly Json[]): Json | undefined => (items.length === 0 ? undefined : items)
const presentObject = (members: readonly (readonly [string, Json])[]): Json | undefined =>
  members.length === 0 ? undefined : Object.fromEntries(members)

/** Splits a value into what the shape has, as SCIM stores it, and the rest. Extensions have lower camel case at AWS, too. */
function split(shape: Shape, value: Json | undefined, path: string): Split {
  if (value === undefined || isAbsent(value)) return {}
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw new RecordError(`${path} is no list.`)
    const items = (value as readonly Json[]).map((item, at) => split(shape.of, item, `${path}[${at}]`))
    return compact({
      known: presentList(items.flatMap(({ known }) => known ?? [])),
      unknown: presentList(items.flatMap(({ unknown }) => unknown ?? [])),
    })
  }
  if (shape.kind !== 'structure') {
    const type = shape.kind === 'boolean' ? 'boolean' : 'string'
    if (typeof value !== type) throw new RecordError(`${path} is no ${shape.kind}.`)
    return { known: value }
  }
  if (!isObject(value)) throw new RecordError(`${path} is no object.`)
  const known: [string, Json][] = []
  const unknown: [string, Json][] = []
  for (const [name, member] of Object.entries(value)) {
    if (path === '' && otherMembers.has(name)) continue
    const expected = [name, upperCamel(name)].find(one => Object.hasOwn(shape.members, one))
    const below = expected === undefined ? undefined : shape.members[expected]?.shape
    const part: Split = below
      ? split(below, member, `${path}.${name}`)
      : compact({ unknown: isAbsent(member) ? undefined : member })
    if (part.known !== undefined) known.push([lowerCamel(name), part.known])
    if (part.unknown !== undefined) unknown.push([name, part.unknown])
  }
  return compact({ known: presentObject(known), unknown: presentObject(unknown) })
}

const upperCamel = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const awsTypes = loadProfile('aws').schema.resourceTypes
const typeNamed = (name: 'User' | 'Group') => typeByName(awsTypes, name) as ResourceType

export const importedTypes = { User: typeNamed('User'), Group: typeNamed('Group') }

const withHidden = (
  { nonScim }: ResourceType,
  document: JsonObject,
  name: string,
  value: Json | undefined,
) => (value === undefined ? document : withValue(document, [nonScim?.name ?? '', name], value))

function toDocument(name: 'User' | 'Group', element: JsonObject): JsonObject {
  const type = importedTypes[name]
  const { known, unknown } = split(shapes[name], element, '')
  const { extensions, ...members } = isObject(known) ? known : {}
  let document: JsonObject = isObject(extensions)
    ? { [enterpriseUserSchema.id]: extensions[extensionName] as Json }
    : {}
  for (const [member, value] of Object.entries(members))
    document = withValue(document, placeOf(type, [member]), value)
  return withHidden(type, document, 'unknownMembers', unknown && JSON.stringify(unknown))
}

type ExternalId = { readonly issuer: string; readonly id: string }

function externalIdsOf({ element }: Fields): readonly ExternalId[] {
  const { known } = split(externalIdShape, element.ExternalIds, '.ExternalIds')
  return (Array.isArray(known) ? (known as readonly Json[]) : []).map((one, at) => {
    const { issuer, id } = isObject(one) ? one : {}
    if (typeof issuer === 'string' && typeof id === 'string') return { issuer, id }
    throw new RecordError(`.ExternalIds[${at}] lacks an Issuer or an Id.`)
  })
}

/** Whether external IDs of this issuer are those of SCIM: its URL, or the ARN of a provisioning tenant. */
export const isScimIssuer = (issuer: string): boolean =>
  issuer.startsWith('https://scim.aws.com/') || /^arn:.{1,200}\/provisioningtenant\//.test(issuer)

/** SCIM knows one external ID, AWS up to ten: of several SCIM endpoints, the one of `scimTenant` counts, or else the last. */
export function withExternalIds(
  name: 'User' | 'Group',
  document: JsonObject,
  ids: readonly ExternalId[],
  ofDirectory: string | undefined,
  scimTenant?: string,
): JsonObject {
  const ofScim = ids.filter(({ issuer }) => isScimIssuer(issuer))
  const chosen = scimTenant === undefined ? '' : `/${scimTenant}`
  const shown = ofScim.findLast(({ issuer }) => issuer.endsWith(chosen)) ?? ofScim.at(-1)
  const isPlain = ids.length === 0 || (ids.length === 1 && shown?.issuer === ofDirectory)
  const all = ids.map(one => ({ ...one, ...(one === shown && { scim: true }) }))
  const hidden = withHidden(importedTypes[name], document, 'externalIds', isPlain ? undefined : all)
  return shown === undefined ? hidden : { ...hidden, externalId: shown.id }
}

export type ReadRecord = Omit<DirectoryRecord, 'document'> & {
  readonly document: JsonObject
  readonly externalIds: readonly ExternalId[]
  readonly store: string | undefined
}

const storeOf = ({ optionalText }: Fields) => optionalText('IdentityStoreId', patterns.store)

export function readUser(element: Json): ReadRecord {
  const fields = fieldsOf(element)
  const status = fields.optionalText('UserStatus', /^(EN|DIS)ABLED$/)
  return {
    id: fields.text('UserId', patterns.id),
    document: { ...toDocument('User', fields.element), active: status !== 'DISABLED' },
    externalIds: externalIdsOf(fields),
    store: storeOf(fields),
    ...auditOf(fields),
    ...(status === undefined && { statusUnknown: true }),
  }
}

export function readGroup(element: Json): ReadRecord {
  const fields = fieldsOf(element)
  return {
    id: fields.text('GroupId', patterns.id),
    document: toDocument('Group', fields.element),
    externalIds: externalIdsOf(fields),
    store: storeOf(fields),
    ...auditOf(fields),
  }
}

/** `group` is the one that the name of the file states. */
export function readMembership(
  element: Json,
  group: string | undefined,
): DirectoryMembership & { readonly store: string | undefined } {
  const fields = fieldsOf(element)
  const { MemberId: member } = fields.element
  if (!isObject(member)) throw new RecordError(' has no MemberId.')
  if (Object.keys(member).some(name => name !== 'UserId' && !isAbsent(member[name])))
    throw new RecordError(' has a member that is no user: nested groups do not exist at AWS.')
  const id = fields.optionalText('MembershipId', patterns.id)
  return {
    ...(id !== undefined && { id }),
    group: fields.optionalText('GroupId', patterns.id) ?? group ?? fields.text('GroupId'),
    user: fieldsOf(member).text('UserId', patterns.id),
    ...auditOf(fields),
    store: storeOf(fields),
  }
}

export function readInstance(element: Json): AwsInstance {
  const { text, optionalText } = fieldsOf(element)
  return compact({
    store: text('IdentityStoreId', patterns.store),
    arn: text('InstanceArn', patterns.instance),
    account: text('OwnerAccountId', patterns.account),
    region: optionalText('PrimaryRegion', patterns.region),
    name: optionalText('Name'),
  })
}

/** `instance` is the end of the instance's ARN. */
export type PermissionSetName = { readonly id: string; readonly instance: string }

export function readPermissionSetArn(arn: Json | undefined): PermissionSetName {
  const [, instance, id] = patterns.permissionSet.exec(typeof arn === 'string' ? arn : '') ?? []
  if (instance !== undefined && id !== undefined) return { id, instance }
  throw new RecordError(` is ${shown(arn)}, not the ARN of a permission set.`)
}

export function readPermissionSet(element: Json): DirectoryPermissionSet & PermissionSetName {
  const { text, optionalText, time } = fieldsOf(element)
  return compact({
    ...readPermissionSetArn(text('PermissionSetArn')),
    name: text('Name'),
    description: optionalText('Description'),
    sessionDuration: optionalText('SessionDuration', /^PT?[\dA-Z]{1,20}$/),
    relayState: optionalText('RelayState'),
    created: time('CreatedDate'),
  })
}

function principalOf({ text }: Fields): Principal {
  const type = text('PrincipalType', /^(USER|GROUP)$/) === 'USER' ? 'User' : 'Group'
  return { type, id: text('PrincipalId', patterns.id) }
}

export function readAssignment(element: Json): AssignmentTarget & { readonly instance: string } {
  const fields = fieldsOf(element)
  const { id, instance } = readPermissionSetArn(fields.text('PermissionSetArn'))
  return {
    account: fields.text('AccountId', patterns.account),
    permissionSet: id,
    principal: principalOf(fields),
    instance,
  }
}

export function readApplicationAssignment(element: Json): ApplicationAssignment {
  const fields = fieldsOf(element)
  return { application: fields.text('ApplicationArn', patterns.application), principal: principalOf(fields) }
}

export function readAccount(element: Json): { readonly id: string; readonly name: string } {
  const { text } = fieldsOf(element)
  return { id: text('Id', patterns.account), name: text('Name') }
}

export function readAccountId(element: Json): string {
  if (typeof element === 'string' && patterns.account.test(element)) return element
  throw new RecordError(` is ${shown(element)}, not the ID of an account.`)
}

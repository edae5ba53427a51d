import type { Json, JsonObject } from '../scim/json.ts'
import { enterpriseUserSchema } from '../scim/schemas/enterprise-user.ts'
import { groupSchema } from '../scim/schemas/group.ts'
import { userSchema } from '../scim/schemas/user.ts'
import { memberOf } from './current-value.ts'
import { type Desired, type DesiredValue, isReference } from './desired.ts'
import type { WireOptions } from './dialect.ts'
import { isRoles, textOf } from './mapped-value.ts'
import { rolesInFull } from './roles.ts'
import { parseTarget, type TargetPath } from './target-path.ts'

type CreateOptions = Pick<WireOptions, 'activeAsStringOnCreate' | 'sendManagerOnCreate' | 'groupSchemaMs'>

const microsoftGroupUrn = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'

/** The body of a POST; the same in both dialects. Members never go along. */
export function createBody(kind: 'user' | 'group', desired: Desired, options: CreateOptions): JsonObject {
  const body: Draft = {}
  for (const [text, value] of desired) {
    const target = parseTarget(text)
    if (goesWithPost(target, value, options)) put(body, target, value, options)
  }
  return kind === 'user' ? userBody(body) : groupBody(body, options)
}

/** What a mapping gives and a POST leaves away: it takes a PATCH after the POST. Members aside. */
export const leftOutOfCreate = (desired: Desired, options: CreateOptions): Desired =>
  new Map([...desired].filter(([text, value]) => !goesWithPost(parseTarget(text), value, options)))

/** Attributes of extensions whose URN isn't formed as Microsoft wants it are only patched. */
const properUrn = /^urn:ietf:params:scim:schemas:extension:[^:]+:2\.0:(User|Group)$/i

function goesWithPost(target: TargetPath, value: DesiredValue, { sendManagerOnCreate }: CreateOptions) {
  if (isReference(value)) return sendManagerOnCreate && typeof value.reference === 'string'
  return target.extension === undefined || properUrn.test(target.extension)
}

type Draft = { [name: string]: Json }

/** In the order of recorded requests; what they don't have follows in that of the mapping. */
const userBody = ({
  externalId,
  userName,
  active,
  emails,
  name,
  roles = [],
  ...rest
}: Draft): JsonObject => ({
  schemas: [userSchema.id, enterpriseUserSchema.id],
  ...present({ externalId, userName, active, emails }),
  meta: { resourceType: 'User' },
  ...present({ name }),
  roles,
  ...rest,
})

/** Without Microsoft's URN it is the other request that was seen: no `meta`, and an empty list of members. */
const groupBody = (
  { externalId, displayName, ...rest }: Draft,
  { groupSchemaMs }: CreateOptions,
): JsonObject => ({
  schemas: groupSchemaMs ? [groupSchema.id, microsoftGroupUrn] : [groupSchema.id],
  ...present({ externalId, displayName }),
  ...(groupSchemaMs ? { meta: { resourceType: 'Group' } } : { members: [] }),
  ...rest,
})

const present = (values: { readonly [name: string]: Json | undefined }): JsonObject =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  )

function put(body: Draft, target: TargetPath, value: DesiredValue, options: CreateOptions): void {
  const { extension, attribute, filter, sub } = target
  const container = extension === undefined ? body : objectAt(body, extension)
  if (isRoles(value)) container[attribute] = rolesInFull(value)
  else if (filter) elementAt(container, attribute, filter)[sub ?? 'value'] = wireValue(target, value, options)
  else if (sub === undefined) container[attribute] = wireValue(target, value, options)
  else objectAt(container, attribute)[sub] = wireValue(target, value, options)
}

function wireValue(
  { attribute }: TargetPath,
  value: Exclude<DesiredValue, { readonly kind: string }>,
  { activeAsStringOnCreate }: CreateOptions,
): Json {
  if (isReference(value)) return value.reference
  return typeof value === 'boolean' && attribute === 'active' && activeAsStringOnCreate
    ? textOf(value)
    : value
}

function objectAt(container: Draft, name: string): Draft {
  const found = Object.hasOwn(container, name) ? (container[name] as Draft) : {}
  container[name] = found
  return found
}

/** The element of a list that a filter means; the first email address is the primary one. */
function elementAt(
  container: Draft,
  name: string,
  { attribute, value }: NonNullable<TargetPath['filter']>,
): Draft {
  const list = Object.hasOwn(container, name) ? (container[name] as Draft[]) : []
  const found = list.find(
    element => String(memberOf(element, attribute)).toLowerCase() === value.toLowerCase(),
  )
  if (found) return found
  const element: Draft = {
    ...(name === 'emails' && list.length === 0 && { primary: true }),
    [attribute]: attribute === 'primary' ? value.toLowerCase() === 'true' : value,
  }
  container[name] = [...list, element]
  return element
}

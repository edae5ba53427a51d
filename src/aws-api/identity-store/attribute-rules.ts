import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { placeOf, valueAt } from './documents.ts'
import { errors } from './errors.ts'

type Requirement = { readonly path: readonly string[]; readonly name: string }

const userRequirements: readonly Requirement[] = [
  { path: ['userName'], name: 'username' },
  { path: ['displayName'], name: 'displayname' },
  { path: ['name', 'givenName'], name: 'givenname' },
  { path: ['name', 'familyName'], name: 'familyname' },
]
const groupRequirements: readonly Requirement[] = [{ path: ['displayName'], name: 'displayname' }]

const requirementsOf = ({ labelAttribute }: ResourceType) =>
  labelAttribute === 'userName' ? userRequirements : groupRequirements

const missingIn = (type: ResourceType, resource: Resource): readonly string[] => {
  const missing = requirementsOf(type).filter(({ path }) => valueAt(resource, path) === undefined)
  const hasName = Object.keys(resource.name ?? {}).length > 0
  return [...new Set(missing.map(({ path, name }) => (path[0] === 'name' && !hasName ? 'name' : name)))]
}

/** Names that users and groups may not have, in lower case. */
const reserved: ReadonlySet<string> = new Set(['administrator', 'awsadministrators'])

const datePattern = /^\d{4}-\d{2}-\d{2}$/

const isDate = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`)
  return datePattern.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/**
 * Checks what the model does not say about a new user or group, or a changed one. SCIM may have stored a resource that this API
 * would reject: only what a change adds or removes counts.
 */
export function checkAttributes(type: ResourceType, resource: Resource, before: Resource = {}): void {
  const isNew = Object.keys(before).length === 0
  const missing = missingIn(type, resource)
  const missingBefore = isNew ? [] : missingIn(type, before)
  if (missing.some(name => !missingBefore.includes(name))) throw errors.required(missing)
  const label = resource[type.labelAttribute]
  if (
    typeof label === 'string' &&
    label !== before[type.labelAttribute] &&
    reserved.has(label.toLowerCase())
  ) {
    throw errors.reservedName(label)
  }
  const birthdate = valueAt(resource, placeOf(type, ['birthdate']))
  if (typeof birthdate === 'string' && !isDate(birthdate)) throw errors.birthdate()
}

import { isDeepStrictEqual } from 'node:util'
import { isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import { filterOf } from './filter.ts'
import { type Attribute, enterprise, isNamed, Refused, readValue, type Type } from './schemas.ts'

type Mutable = Record<string, Json>
type Operation = { readonly op: string; readonly path: string; readonly value: Json | undefined }

const pathForm = /^(?:(urn:.+):)?([\w$-]+)(?:\[(.+)\])?(?:\.([\w$-]+))?$/i

/** The attribute that a path or the name of a value begins with. */
export const attributeIn = (path: string): string => pathForm.exec(path)?.[2] ?? path

/** The operations of a PATCH, one for each attribute. */
export function operationsIn(body: JsonObject): readonly Operation[] {
  const { schemas, Operations } = body
  if (!Array.isArray(schemas) || !/:PatchOp/i.test(schemas.join()))
    throw new Refused(400, 'schemas isn’t that of PATCH.', 'invalidSyntax')
  if (!Array.isArray(Operations) || Operations.length === 0)
    throw new Refused(400, 'Operations is missing.', 'invalidSyntax')
  return Operations.flatMap((one: Json) => {
    const { op = '', path, value } = isObject(one) ? one : {}
    const lower = `${op}`.toLowerCase()
    if (!['add', 'replace', 'remove'].includes(lower))
      throw new Refused(400, `There is no op ${op}.`, 'invalidSyntax')
    if (lower !== 'remove' && value === undefined) throw new Refused(400, 'value is missing.', 'invalidValue')
    if (path !== undefined && path !== enterprise) return [{ op: lower, path: `${path}`, value }]
    if (lower === 'remove') throw new Refused(400, 'path is missing.', 'noTarget')
    if (!isObject(value)) throw new Refused(400, 'Without a path, value is an object.', 'invalidValue')
    const given = path === enterprise ? { [enterprise]: value } : value
    return Object.entries(given).flatMap(([name, part]) =>
      name === enterprise && isObject(part)
        ? Object.entries(part).map(([inner, value]) => ({ op: lower, path: `${enterprise}:${inner}`, value }))
        : [{ op: lower, path: name, value: part }],
    )
  })
}

/** The resource after the operations; all or none are applied. */
export function patched(type: Type, before: JsonObject, operations: readonly Operation[]): JsonObject {
  const resource = structuredClone(before) as Mutable
  for (const one of operations) apply(type, resource, one)
  for (const { name, required } of type.attributes)
    if (required && !resource[name]) throw new Refused(400, `${name} is required.`, 'mutability')
  return resource
}

function apply(type: Type, resource: Mutable, { op, path, value }: Operation): void {
  const [, urn, name = '', filter, part] = pathForm.exec(path) ?? []
  // Entra ID names the manager without the URN of the extension, too.
  const isBare =
    urn === undefined && !type.attributes.some(isNamed(name)) && type.extension.some(isNamed(name))
  const isExtended = isBare || urn?.toLowerCase() === enterprise.toLowerCase()
  if (name.toLowerCase() === 'externalid') {
    if (op === 'remove') delete resource.externalId
    else resource.externalId = `${value}`
    return
  }
  if (/^(id|meta|schemas)$/i.test(name)) throw new Refused(400, `${name} is read-only.`, 'mutability')
  const attribute = (isExtended ? type.extension : type.attributes).find(isNamed(name))
  if (!attribute) throw new Refused(400, `There is no attribute ${path}.`, 'invalidPath')
  if (attribute.mutability === 'readOnly') throw new Refused(400, `${name} is read-only.`, 'mutability')
  const inner = part === undefined ? undefined : attribute.subAttributes?.find(isNamed(part))
  if (part !== undefined && !inner) throw new Refused(400, `There is no attribute ${path}.`, 'invalidPath')
  const at = isExtended ? { ...((resource[enterprise] as Mutable) ?? {}) } : resource
  const now = changed(attribute, at[attribute.name], { op, filter, inner, value })
  if (now === undefined) delete at[attribute.name]
  else at[attribute.name] = now
  if (!isExtended) return
  if (Object.keys(at).length === 0) delete resource[enterprise]
  else resource[enterprise] = at
}

type Change = {
  readonly op: string
  readonly filter: string | undefined
  readonly inner: Attribute | undefined
  readonly value: Json | undefined
}

/** The value of an attribute after an operation. */
function changed(attribute: Attribute, before: Json | undefined, change: Change): Json | undefined {
  const { op, inner, value } = change
  if (attribute.multiValued) return changedList(attribute, (before ?? []) as Mutable[], change)
  if (change.filter !== undefined && !filterOf(change.filter)(before ?? {}))
    throw new Refused(400, 'No value matches the filter.', 'noTarget')
  if (inner) return withPart(before, inner, op, value)
  if (op === 'remove') return undefined
  if (attribute.type !== 'complex') return readValue(attribute, value)
  // Entra ID sends managers as text, and an empty one for none.
  const given = typeof value === 'string' ? (value === '' ? null : { value }) : value
  const read = readValue(attribute, given)
  return isObject(before) && isObject(read) ? { ...before, ...read } : read
}

function withPart(
  before: Json | undefined,
  inner: Attribute,
  op: string,
  value: Json | undefined,
): Json | undefined {
  const { [inner.name]: _, ...others } = isObject(before) ? before : {}
  const read = op === 'remove' ? undefined : readValue(inner, value)
  const now = { ...others, ...(read !== undefined && { [inner.name]: read }) }
  return Object.keys(now).length === 0 ? undefined : now
}

function changedList(
  attribute: Attribute,
  before: readonly Mutable[],
  { op, filter, inner, value }: Change,
): Json | undefined {
  if (filter !== undefined || inner) {
    const isMeant = filter === undefined ? () => true : filterOf(filter)
    if (!before.some(isMeant)) {
      const [, name, wanted] = /^(\w+) eq "([^"]*)"$/i.exec(filter ?? '') ?? []
      if (op !== 'add' || name === undefined)
        throw new Refused(400, 'No value matches the filter.', 'noTarget')
      const made = {
        [name]: wanted ?? '',
        ...(inner ? { [inner.name]: value ?? null } : (value as JsonObject)),
      }
      return readValue(attribute, [...before, made])
    }
    const list = before.flatMap(one => {
      const loses = inner?.name === 'primary' && value === true && one.primary === true
      if (!isMeant(one)) return [loses ? { ...one, primary: false } : one]
      if (inner) return withPart(one, inner, op, value) ?? []
      return op === 'remove' ? [] : { ...one, ...(value as JsonObject) }
    })
    return list.length === 0 ? undefined : list
  }
  const listed = [value ?? []].flat() as Json[]
  if (op === 'remove') {
    // Entra ID names the members to remove in value.
    const left = before.filter(one => !listed.some(other => isObject(other) && other.value === one.value))
    return listed.length === 0 || left.length === 0 ? undefined : left
  }
  const given = (readValue(attribute, listed) ?? []) as Mutable[]
  if (op === 'replace') return given.length === 0 ? undefined : given
  const isNew = (one: Mutable) => !before.some(other => isSame(attribute, one, other))
  const isPrimary = given.some(({ primary }) => primary === true)
  const kept = before.map(one => (isPrimary && one.primary === true ? { ...one, primary: false } : one))
  const all = [...kept, ...given.filter(isNew)]
  return all.length === 0 ? undefined : all
}

const isSame = ({ name }: Attribute, one: Mutable, other: Mutable): boolean =>
  name === 'members' ? one.value === other.value : isDeepStrictEqual(one, other)

import type { Json } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { Shape } from '../shape.ts'
import { extensionName, lowerCamel, placeOf, readDocument, toStored, withValue } from './documents.ts'
import { errors } from './errors.ts'
import { enterprise, groupName, sensitiveText, userMembers } from './shapes.ts'

export type AttributeOperation = { readonly AttributePath: string; readonly AttributeValue?: Json }

export type AttributeChange = { readonly path: readonly string[]; readonly value?: Json }

type Updatable = { readonly path: readonly string[]; readonly shape: Shape }

function withMembers(path: readonly string[], shape: Shape): readonly Updatable[] {
  if (shape.kind !== 'structure') return [{ path, shape }]
  const members = Object.entries(shape.members).flatMap(([name, member]) =>
    withMembers([...path, lowerCamel(name)], member.shape),
  )
  return [{ path, shape }, ...members]
}

const byText = (updatable: readonly Updatable[]): ReadonlyMap<string, Updatable> =>
  new Map(updatable.map(one => [one.path.join('.'), one]))

const ofUsers = byText([
  ...Object.entries(userMembers).flatMap(([name, { shape }]) => withMembers([lowerCamel(name)], shape)),
  ...withMembers([extensionName], enterprise),
])
const ofGroups = byText([
  { path: ['displayName'], shape: groupName },
  { path: ['description'], shape: sensitiveText },
])

/** Checks the paths, then the values. Throws ApiError. */
export function readChanges(
  type: 'User' | 'Group',
  operations: readonly AttributeOperation[],
): readonly AttributeChange[] {
  const known = type === 'User' ? ofUsers : ofGroups
  const updatable = operations.map(({ AttributePath }) => attributeAt(known, AttributePath))
  return operations.map(({ AttributeValue: value }, at) => toChange(updatable[at] as Updatable, value))
}

function attributeAt(known: ReadonlyMap<string, Updatable>, text: string): Updatable {
  const found = known.get(text)
  if (found) return found
  const [first = '', ...below] = text.split('.')
  throw below.length > 0 && known.get(first)?.shape.kind === 'list'
    ? errors.partOfList(first)
    : errors.attributePath(text)
}

function toChange({ path, shape }: Updatable, value: Json | undefined): AttributeChange {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    if (Array.isArray(value) && shape.kind !== 'list') throw errors.attributeValue(wrongList(path))
    return { path }
  }
  if (shape.kind === 'list' && Array.isArray(value) && value.length > (shape.max ?? value.length)) {
    throw errors.listLimit(path.join('.'), shape.max ?? value.length)
  }
  return { path, value: toStored(readDocument(shape, value, path.join('.'))) }
}

const wrongList = (path: readonly string[]) => `The value of '${path.join('.')}' must not be a list.`

export const applyChanges = (
  type: ResourceType,
  resource: Resource,
  changes: readonly AttributeChange[],
): Resource =>
  changes.reduce((next, { path, value }) => withValue(next, placeOf(type, path), value), resource)

export const nameOf = ({ path: [first = '', ...below] }: AttributeChange): string =>
  (first === extensionName && below.length > 0 ? below : [first, ...below]).join('.')

import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../../../scim/json.ts'

/** The GUID derived from a text (RFC 9562, version 8). */
export function deriveGuid(text: string): string {
  const bytes = createHash('sha256').update(text).digest()
  bytes[6] = 0x80 | (bytes.readUInt8(6) & 0x0f)
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f)
  const hex = bytes.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export type SourceValue = string | boolean | readonly string[]

export type SourceUser = {
  readonly objectId: string
  readonly accountEnabled: boolean
  /** Milliseconds since 1970 of the soft deletion; purged after 30 days. */
  readonly deletedAt?: number
  /** Without empty attributes. */
  readonly attributes: Readonly<Record<string, SourceValue>>
  readonly manager?: string
}

export const attributeText =
  (name: string): ((user: Pick<SourceUser, 'attributes'>) => string | undefined) =>
  ({ attributes }) => {
    const value = attributes[name]
    return value === undefined || value === '' ? undefined : String(value)
  }

export type SourceGroup = {
  readonly objectId: string
  readonly deletedAt?: number
  readonly attributes: Readonly<Record<string, SourceValue>>
  /** objectIds of users and groups, in the directory's order, without duplicates. */
  readonly members: readonly string[]
}

export type Assignment = { readonly principal: string; readonly appRole?: AppRole }

export type AppRole = { readonly id: string; readonly value: string; readonly displayName: string }

export function assignedIn({ groups, assignments }: Pick<SourceDirectory, 'groups' | 'assignments'>) {
  const present = groups.filter(({ deletedAt }) => deletedAt === undefined)
  const membersOf = new Map(present.map(({ objectId, members }) => [objectId, members]))
  const assigned = new Set(assignments.flatMap(({ principal }) => membersOf.get(principal) ?? [principal]))
  return { present, membersOf, assigned }
}

export type SourceDirectory = {
  readonly users: readonly SourceUser[]
  readonly groups: readonly SourceGroup[]
  readonly assignments: readonly Assignment[]
}

type Attributes = Parameters<ReturnType<typeof attributeText>>[0]

export type OptionalAttribute<User = Attributes> = {
  readonly source: (user: User) => Json | undefined
  readonly isEnterprise?: true
}

const telephoneNumber = attributeText('telephoneNumber')

export function workPhone(user: Attributes): Json | undefined {
  const value = telephoneNumber(user)
  return value === undefined ? undefined : [{ value, type: 'work' }]
}

export function optionalValues<Name extends string, User>(
  names: readonly Name[],
  attributes: Readonly<Record<Name, OptionalAttribute<User>>>,
  user: User,
): { readonly core: JsonObject; readonly enterprise: JsonObject } {
  const valuesOf = (isEnterprise: boolean) =>
    Object.fromEntries(
      names
        .filter(name => (attributes[name].isEnterprise === true) === isEnterprise)
        .flatMap(name => {
          const value = attributes[name].source(user)
          return value === undefined ? [] : [[name, value]]
        }),
    )
  return { core: valuesOf(false), enterprise: valuesOf(true) }
}

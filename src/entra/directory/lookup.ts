import type { SourceGroup, SourceUser } from '../source-directory.ts'

export type Found = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  /** How many objects go by that name; the first one is found. */
  readonly sharedBy: number
}

/** Finds users and groups as people name them: by objectId, userPrincipalName or a group's displayName. */
export type Lookup = {
  readonly user: (name: string) => Found | undefined
  readonly group: (name: string) => Found | undefined
  readonly any: (name: string) => Found | undefined
}

type Named = { readonly objectId: string; readonly deletedAt?: number; readonly attributes: object }

/** Ids before names, and whoever is there before whoever is deleted. Letter case means nothing, as in Entra. */
export function createLookup(users: readonly SourceUser[], groups: readonly SourceGroup[]): Lookup {
  const userBy = index('user', users, 'userPrincipalName')
  const groupBy = index('group', groups, 'displayName')
  return {
    user: name => userBy.id(name) ?? userBy.name(name),
    group: name => groupBy.id(name) ?? groupBy.name(name),
    any: name => userBy.id(name) ?? groupBy.id(name) ?? userBy.name(name) ?? groupBy.name(name),
  }
}

function index(kind: Found['kind'], objects: readonly Named[], nameAttribute: string) {
  const ids = new Map<string, Found>()
  const names = new Map<string, Found>()
  for (const { objectId } of objects) ids.set(objectId.toLowerCase(), { kind, objectId, sharedBy: 1 })
  const isThere = objects.filter(({ deletedAt }) => deletedAt === undefined)
  const isDeleted = objects.filter(({ deletedAt }) => deletedAt !== undefined)
  for (const [group, mayShare] of [
    [isThere, true],
    [isDeleted, false],
  ] as const) {
    for (const { objectId, attributes } of group) {
      const name = folded(Reflect.get(attributes, nameAttribute))
      const known = names.get(name)
      if (!known) names.set(name, { kind, objectId, sharedBy: 1 })
      else if (mayShare) names.set(name, { ...known, sharedBy: known.sharedBy + 1 })
    }
  }
  return {
    id: (text: string) => ids.get(text.toLowerCase()),
    name: (text: string) => names.get(folded(text)),
  }
}

const folded = (text: unknown): string => String(text).toLowerCase()

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

/** Ids before names, and whoever is there before whoever is deleted. Letter case means nothing, as in Entra. */
export function createLookup(users: readonly SourceUser[], groups: readonly SourceGroup[]): Lookup {
  const user = index('user', users, 'userPrincipalName')
  const group = index('group', groups, 'displayName')
  return {
    user: name => user.byId(name) ?? user.byName(name),
    group: name => group.byId(name) ?? group.byName(name),
    any: name => user.byId(name) ?? group.byId(name) ?? user.byName(name) ?? group.byName(name),
  }
}

function index(kind: Found['kind'], objects: readonly (SourceUser | SourceGroup)[], nameAttribute: string) {
  const ids = new Map<string, Found>()
  const names = new Map<string, Found>()
  const isDeleted = ({ deletedAt }: SourceUser | SourceGroup) => deletedAt !== undefined
  for (const object of [...objects.filter(each => !isDeleted(each)), ...objects.filter(isDeleted)]) {
    const { objectId, attributes } = object
    const name = folded(String(attributes[nameAttribute]))
    const known = names.get(name)
    ids.set(folded(objectId), { kind, objectId, sharedBy: 1 })
    if (!known) names.set(name, { kind, objectId, sharedBy: 1 })
    else if (!isDeleted(object)) names.set(name, { ...known, sharedBy: known.sharedBy + 1 })
  }
  return { byId: (id: string) => ids.get(folded(id)), byName: (name: string) => names.get(folded(name)) }
}

const folded = (text: string): string => text.toLowerCase()

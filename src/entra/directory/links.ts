import { isObject, type Json } from '../../scim/json.ts'
import { find, kindOf, quoted } from './attributes.ts'
import type { Found, Lookup } from './lookup.ts'
import type { Notes } from './notes.ts'
import type { GroupDraft, UserDraft } from './objects.ts'
import { type Link, typeOf } from './sheets.ts'

/** The managers' objectIds by those of their users. Circles stay: Entra has them too. */
export function managersOf(
  drafts: readonly UserDraft[],
  separate: readonly Link[],
  lookup: Lookup,
  notes: Notes,
): ReadonlyMap<string, string> {
  const managers = new Map<string, string>()
  const give = (user: string, { place, to }: Pick<Link, 'place' | 'to'>) => {
    const manager = resolve(to, `${place}: manager`, lookup.any, notes)
    if (manager?.kind === 'user') managers.set(user, manager.objectId)
    else if (manager) notes.warning(`${place}: manager`, `${nameIn(to)} is a group; left out.`)
  }
  for (const { entry, objectId } of drafts) {
    const to = find(entry.value, 'manager')
    if (to !== undefined) give(objectId, { place: entry.place, to })
  }
  for (const link of separate) {
    const user = resolve(link.of, link.place, lookup.user, notes)
    if (user) give(user.objectId, link)
  }
  return managers
}

/** The members' objectIds by those of their groups, each once. */
export function membersOf(
  drafts: readonly GroupDraft[],
  separate: readonly Link[],
  lookup: Lookup,
  notes: Notes,
): ReadonlyMap<string, ReadonlySet<string>> {
  const members = new Map<string, Set<string>>(drafts.map(({ objectId }) => [objectId, new Set()]))
  const add = (group: string, to: Json, place: string) => {
    const member = resolve(to, place, lookup.any, notes)
    const known = members.get(group)
    if (!member || !known) return
    if (known.has(member.objectId)) notes.warning(place, `${nameIn(to)} is named twice; once is meant.`)
    known.add(member.objectId)
  }
  for (const { entry, objectId } of drafts) {
    const list = find(entry.value, 'members') ?? []
    if (!Array.isArray(list)) notes.mistake(entry.place, `members has to be a list, not ${kindOf(list)}.`)
    else
      list.forEach((to, index) => {
        add(objectId, to, `${entry.place}: members[${index}]`)
      })
  }
  for (const { of, to, place } of separate) {
    const group = resolve(of, place, lookup.group, notes)
    if (group) add(group.objectId, to, place)
  }
  return members
}

/** Who is meant by a name, or by an object of Graph. What leads nowhere is a warning, what is no name a mistake. */
export function resolve(
  to: Json,
  place: string,
  find: (name: string) => Found | undefined,
  notes: Notes,
): Found | undefined {
  const name = nameIn(to)
  if (name === undefined) {
    notes.mistake(place, `has to be an id, a userPrincipalName or a group's name, not ${kindOf(to)}.`)
    return undefined
  }
  const found = find(name)
  if (!found) notes.warning(place, `${quoted(name)} ${absence(to)}; left out.`)
  else if (found.sharedBy > 1)
    notes.warning(place, `${found.sharedBy} ${found.kind}s are called ${quoted(name)}; the first is taken.`)
  return found
}

const absence = (to: Json): string => {
  const type = isObject(to) ? typeOf(to) : undefined
  return type === undefined || type === 'user' || type === 'group'
    ? 'is nobody in this directory'
    : `is neither user nor group but ${type}`
}

function nameIn(to: Json): string | undefined {
  const name = isObject(to)
    ? (find(to, 'objectId') ?? find(to, 'userPrincipalName') ?? find(to, 'displayName'))
    : to
  return typeof name === 'string' && name !== '' ? name : undefined
}

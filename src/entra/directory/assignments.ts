import { isObject, type Json, sameJson } from '../../scim/json.ts'
import type { AppRole, Assignment } from '../source-directory.ts'
import { type Entry, findAny, kindOf, quoted } from './attributes.ts'
import { resolve } from './links.ts'
import type { Lookup } from './lookup.ts'
import type { Notes } from './notes.ts'
import type { Sheets } from './sheets.ts'

/** Graph's id for "assigned without a role". */
const defaultAccess = '00000000-0000-0000-0000-000000000000'

/** Who is assigned to the application, once for each of its roles. */
export function readAssignments(
  { assignments, appRoles }: Sheets,
  lookup: Lookup,
  notes: Notes,
): readonly Assignment[] {
  const roles = appRoles.flatMap(entry => readAppRole(entry.value, entry.place, notes) ?? [])
  const byPrincipal = new Map<string, Assignment[]>()
  for (const entry of assignments) {
    const assignment = readAssignment(entry, roles, lookup, notes)
    if (!assignment) continue
    const others = byPrincipal.get(assignment.principal) ?? []
    if (others.some(other => sameJson(other, assignment)))
      notes.warning(entry.place, 'is there twice; once is meant.')
    else byPrincipal.set(assignment.principal, [...others, assignment])
  }
  return [...byPrincipal.values()].flat()
}

function readAssignment(
  { place, value }: Entry,
  roles: readonly AppRole[],
  lookup: Lookup,
  notes: Notes,
): Assignment | undefined {
  const names = ['principal', 'principalId', 'user', 'group', 'userPrincipalName']
  const principal = resolve(findAny(value, names) ?? null, `${place}: principal`, lookup.any, notes)
  const written = findAny(value, ['appRole', 'appRoleId'])
  const appRole = roleOf(written, roles, `${place}: appRole`, notes)
  if (!principal) return undefined
  return { principal: principal.objectId, ...(appRole ? { appRole } : {}) }
}

function roleOf(
  written: Json | undefined,
  roles: readonly AppRole[],
  place: string,
  notes: Notes,
): AppRole | undefined {
  if (written === undefined || written === defaultAccess) return undefined
  if (typeof written !== 'string') return readAppRole(written, place, notes)
  const known = roles.find(({ id, value, displayName }) => [id, value, displayName].includes(written))
  if (!known && roles.length > 0)
    notes.warning(place, `${quoted(written)} is none of the roles listed; taken as it is.`)
  return known ?? { id: written, value: written, displayName: written }
}

/** `{id, value, displayName}`; either of the last two stands for the other. */
function readAppRole(written: Json, place: string, notes: Notes): AppRole | undefined {
  if (!isObject(written)) {
    notes.mistake(place, `has to be a role's name or {"id","value","displayName"}, not ${kindOf(written)}.`)
    return undefined
  }
  const value = findAny(written, ['value', 'displayName'])
  const displayName = findAny(written, ['displayName', 'value'])
  const id = findAny(written, ['id']) ?? value
  if (typeof id === 'string' && typeof value === 'string' && typeof displayName === 'string') {
    return { id, value, displayName }
  }
  notes.mistake(place, 'a role needs a value or a displayName, and all that it has must be texts.')
  return undefined
}

import {
  type AccessEntry,
  type AccessQuery,
  type AccessUser,
  principalsOf,
  toEntry,
  toUser,
} from '../aws-api/account-access/access.ts'
import { readDirectory } from '../aws-api/account-access/directory-at.ts'
import type { AccessDefect } from '../domain/access-review.ts'
import { mapInSlices, sharedSlices } from '../domain/event-loop/slices.ts'
import type {
  AccountAssignment,
  AccountAssignments,
  AssignmentQuery,
  PermissionSet,
  Principal,
} from '../domain/ports/account-assignments.ts'
import type { Directory, Page, PointInTime } from '../domain/ports/directory.ts'
import { errors } from '../scim/error.ts'
import { compact } from '../scim/json.ts'
import { findUserIssues, verdictOf } from './sign-in-check/users.ts'

type ReviewDeps = {
  readonly assignments: Pick<AccountAssignments, 'assignments' | 'permissionSetsById'>
  readonly directory: Pick<Directory, 'identity' | 'members' | 'joined' | 'identities' | 'historyView'>
}

export type ReviewedEntry = AccessEntry & { readonly defect?: AccessDefect }

/** A user who exists, with what an entry needs: the whole identity of each user would take too much memory. */
type Person = AccessUser & { readonly key: number; readonly defect?: AccessDefect }

/** Read at once: a few milliseconds. */
const [usersPerRead, assignmentsPerRead] = [100, 1000]

function defectOf({ enabled, label }: AccessUser): AccessDefect | undefined {
  if (!enabled) return 'disabled'
  return verdictOf(findUserIssues({ status: 'active', label })) === 'no' ? 'cannot-sign-in' : undefined
}

/** Why the assignment of an entry should not be there. */
export async function findDefect(
  directory: Pick<Directory, 'identity'>,
  tenant: number,
  { user, result, principal }: Pick<AccessEntry, 'user' | 'result'> & { readonly principal: Principal },
): Promise<AccessDefect | undefined> {
  if (user) return defectOf(user)
  if (result !== 'no-principal') return undefined
  return (await directory.identity(tenant, principal.type, principal.id)) ? 'deleted' : 'missing'
}

async function readAssignments(
  { assignments }: ReviewDeps,
  tenant: number,
  query: AssignmentQuery,
  signal: AbortSignal | undefined,
): Promise<readonly AccountAssignment[]> {
  const found: AccountAssignment[] = []
  for (let after: string | undefined; ; after = found.at(-1)?.id) {
    const page = { limit: assignmentsPerRead, ...compact({ after }) }
    const rows = await assignments.assignments(tenant, { ...query, ...page })
    found.push(...rows)
    if (rows.length < assignmentsPerRead) return found
    await sharedSlices.next(signal)
  }
}

/**
 * Who is behind each user and group that is assigned, and what is wrong with the others. Reads each user once: 10,000 take
 * 0.1 s, at an earlier time 0.5 s.
 */
async function readPrincipals(
  { directory }: ReviewDeps,
  tenant: number,
  assigned: readonly AccountAssignment[],
  asOf: PointInTime | undefined,
  signal: AbortSignal | undefined,
) {
  const people = new Map<string, readonly Person[]>()
  const wanted = new Set(assigned.map(({ principal }) => principal.id))
  const add = (id: string, person: Person) => {
    const known = people.get(id) as Person[] | undefined
    if (known) known.push(person)
    else people.set(id, [person])
  }
  for (let cursor: string | undefined; wanted.size > 0; ) {
    const query = { limit: usersPerRead, ...compact({ cursor, signal }) }
    const { items, next } = await (asOf
      ? directory.historyView.identities(tenant, 'User', asOf, query)
      : directory.identities(tenant, 'User', query))
    await mapInSlices(
      items.filter(({ status }) => status === 'active' || status === 'disabled'),
      identity => {
        const ids = [identity.id, ...identity.groups.map(({ id }) => id)].filter(id => wanted.has(id))
        if (ids.length === 0) return
        const user = toUser(identity)
        const person = { ...user, key: identity.key, ...compact({ defect: defectOf(user) }) }
        for (const id of ids) add(id, person)
      },
      signal,
    )
    if (next === undefined) break
    cursor = next
  }
  const reader = readDirectory(directory, tenant, asOf)
  const defects = new Map<string, AccessDefect>()
  for (const { principal } of assigned) {
    const { type, id } = principal
    if (people.has(id) || defects.has(id) || (await reader.identity(type, id))) continue
    const defect = await findDefect(directory, tenant, { result: 'no-principal', principal })
    if (defect) defects.set(id, defect)
  }
  return { people, defects, reader }
}

export type DefectQuery = AccessQuery & {
  readonly defect: AccessDefect | 'any'
  readonly signal?: AbortSignal
}

/** The position after a user of an assignment; 0 for an assignment without one. Users are in descending order of their keys. */
function parsePosition(cursor: string | undefined) {
  const [, assignment, key] = /^([\da-f-]{36}):(\d{1,15})$/.exec(cursor ?? '') ?? []
  if (cursor !== undefined && assignment === undefined) {
    throw errors.invalidValue('The cursor was not issued by this list.')
  }
  return { assignment: assignment ?? '', key: Number(key) }
}

/** The entries of the list of access that should not be there, in order of the assignments. Reads all users for each page. */
export async function readDefects(
  deps: ReviewDeps,
  tenant: number,
  { defect: wanted, limit, cursor, account, permissionSet, user, group, asOf, signal }: DefectQuery,
): Promise<Page<ReviewedEntry>> {
  const position = parsePosition(cursor)
  const ids = await principalsOf(readDirectory(deps.directory, tenant, asOf), compact({ user, group }))
  const query = compact({ account, permissionSet, principals: ids, at: asOf?.at })
  const assigned = await readAssignments(deps, tenant, query, signal)
  const { people, defects, reader } = await readPrincipals(deps, tenant, assigned, asOf, signal)
  const isWanted = (defect: AccessDefect | undefined) => (wanted === 'any' ? defect : defect === wanted)
  const wrong = new Map(
    [...people].map(([id, all]) => [
      id,
      all.filter(each => isWanted(each.defect) && (user === undefined || each.id === user)),
    ]),
  )

  const found: { readonly assignment: AccountAssignment; readonly person?: Person }[] = []
  for (const assignment of assigned) {
    const { id, principal } = assignment
    if (id < position.assignment) continue
    const isStarted = id === position.assignment
    if (isWanted(defects.get(principal.id)) && !isStarted) found.push({ assignment })
    for (const person of wrong.get(principal.id) ?? []) {
      if (!isStarted || person.key < position.key) found.push({ assignment, person })
      if (found.length > limit) break
    }
    if (found.length > limit) break
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }

  const shown = found.slice(0, limit)
  const sets = [...new Set(shown.map(({ assignment }) => assignment.permissionSet))]
  const names = await deps.assignments.permissionSetsById(tenant, sets)
  const items: ReviewedEntry[] = []
  for (const [assignment, ofAssignment] of Map.groupBy(shown, each => each.assignment)) {
    const { principal } = assignment
    const known = await reader.identity(principal.type, principal.id)
    const principalName = known?.label ?? assignment.principalName
    const persons = ofAssignment.flatMap(({ person }) => person ?? [])
    const joined = known && principal.type === 'Group' ? await reader.joined(known, persons) : new Map()
    for (const { person } of ofAssignment) {
      const way = person
        ? { result: person.enabled ? ('access' as const) : ('disabled' as const), user: person }
        : { result: 'no-principal' as const }
      const since = compact({ joined: person && joined.get(person.key) })
      const defect = person ? person.defect : defects.get(principal.id)
      items.push({
        ...toEntry(assignment, { ...way, ...since, principalName }, names),
        ...compact({ defect }),
      })
    }
  }
  const last = found.length > limit ? shown.at(-1) : undefined
  return { items, ...(last && { next: `${last.assignment.id}:${last.person?.key ?? 0}` }) }
}

type Cell = {
  readonly account: string
  readonly permissionSet: string
  readonly people: number
  readonly defects: number
}

export type AccessSummary = {
  readonly total: number
  readonly defects: Readonly<Record<AccessDefect, number>>
  readonly accounts: readonly { readonly account: string; readonly people: number }[]
  readonly permissionSets: readonly Pick<PermissionSet, 'id' | 'name'>[]
  readonly cells: readonly Cell[]
}

export async function summarizeAccess(
  deps: ReviewDeps,
  tenant: number,
  asOf: PointInTime | undefined,
  signal?: AbortSignal,
): Promise<AccessSummary> {
  const assigned = await readAssignments(deps, tenant, compact({ at: asOf?.at }), signal)
  const { people, defects } = await readPrincipals(deps, tenant, assigned, asOf, signal)
  const counts: Record<AccessDefect, number> = { disabled: 0, deleted: 0, missing: 0, 'cannot-sign-in': 0 }
  let total = 0
  const accounts: { readonly account: string; readonly people: number }[] = []
  const cells: Cell[] = []
  // One account after the other, so that the users of only one are held.
  for (const [account, ofAccount] of groupBy(assigned, ({ account }) => account)) {
    const all = new Set<string>()
    for (const [permissionSet, ofCell] of groupBy(ofAccount, each => each.permissionSet)) {
      const [inCell, wrong] = [new Set<string>(), new Set<string>()]
      for (const { id } of ofCell.map(({ principal }) => principal)) {
        const missing = defects.get(id)
        const ways = people.get(id) ?? (missing ? [{ id, defect: missing }] : [])
        // A group without members is an entry, too.
        total += Math.max(1, ways.length)
        for (const { id: user, defect } of ways) {
          inCell.add(user)
          all.add(user)
          if (defect) {
            counts[defect]++
            wrong.add(user)
          }
          if (sharedSlices.isOver()) await sharedSlices.next(signal)
        }
      }
      cells.push({ account, permissionSet, people: inCell.size, defects: wrong.size })
    }
    accounts.push({ account, people: all.size })
  }
  const sets = [...new Set(cells.map(({ permissionSet }) => permissionSet))]
  const named = await deps.assignments.permissionSetsById(tenant, sets)
  return {
    total,
    defects: counts,
    accounts,
    permissionSets: sets
      .map(id => ({ id, name: named.get(id)?.name ?? id }))
      .sort((one, other) => one.name.localeCompare(other.name, 'en')),
    cells,
  }
}

/** In ascending order of the keys. */
function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const groups = Map.groupBy(items, keyOf)
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1))
}

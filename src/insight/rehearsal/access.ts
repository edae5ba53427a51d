import type { AccessOutcome } from '../../domain/contract/rehearsal.ts'
import { minute } from '../../domain/duration.ts'
import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { isEnabled, type Memberships } from './outcomes.ts'
import type { Played, SourceObject, State } from './played.ts'
import type { ReadNameId, Same } from './source.ts'

type LossCause = NonNullable<AccessOutcome['cause']>

/** A person whose access is not just kept. */
export type PersonAccess = {
  readonly person: string
  /** The user at AWS before the change; empty if there was none. */
  readonly user: string
  readonly source?: string
  /** How many rows she has, and of which outcomes. */
  readonly count: number
  readonly lost: number
  readonly gained: number
  readonly keptUnknown: number
  /** Why she loses the first access that she loses. */
  readonly cause?: LossCause
  /** Whether she loses access of an administrator. */
  readonly isAdministrator: boolean
  /** Minutes after the switch. */
  readonly firstLoss?: number
  /** Computed at each call: all rows of 100,000 people would not fit in memory. */
  readonly rows: () => readonly AccessOutcome[]
}

type User = { readonly id: string; readonly userName: string; readonly isEnabled: boolean }

/** By account and permission set, the groups through which a user has them; the empty text for her own assignment. */
type Grants = ReadonlyMap<string, readonly string[]>

type Context = {
  readonly played: Played
  readonly people: ReadonlyMap<string, Same>
  readonly groups: ReadonlyMap<string, Same>
  readonly memberships: Memberships
  readonly nameIdOf: ReadNameId
  /** The switch, in milliseconds since 1970. */
  readonly now: number
}

type Tables = Context & {
  readonly usersAfter: ReadonlyMap<string, User>
  readonly byNameAfter: ReadonlyMap<string, User>
  readonly grantsBefore: (user: string) => Grants
  readonly grantsAfter: (user: string) => Grants
  /** What a person had by this user before, if it was one of hers. */
  readonly grantsOfOther: (source: SourceObject | undefined, user: User | undefined) => Grants
}

const noGrants: Grants = new Map()

/**
 * Who loses access, gains it, or keeps it only by memberships that the client does not know. After the change, a person is the
 * enabled user whose `userName` is exactly her NameID.
 */
export function accessOf(context: Context): readonly PersonAccess[] {
  const { before, after, directory, assignments, client } = context.played
  const [usersBefore, usersAfter] = [readUsers(before), readUsers(after)]
  const grantsBefore = grantsIn(before, directory.assignments)
  const tables: Tables = {
    ...context,
    usersAfter,
    byNameAfter: new Map([...usersAfter.values()].map(user => [user.userName, user])),
    grantsBefore,
    grantsAfter: grantsIn(after, assignments),
    grantsOfOther: (source, user) =>
      user && context.people.get(user.id)?.source === source && usersBefore.get(user.id)?.isEnabled
        ? grantsBefore(user.id)
        : noGrants,
  }
  const found: PersonAccess[] = []
  const known = new Set<SourceObject>()
  const add = (user: User | undefined, source: SourceObject | undefined) => {
    const person = accessOfPerson(tables, user, source)
    if (person) found.push(person)
  }
  for (const user of usersBefore.values()) {
    const source = context.people.get(user.id)?.source
    if (source) known.add(source)
    add(user, source)
  }
  for (const source of client.objects)
    if (source.type === 'User' && !known.has(source)) add(undefined, source)
  return found
}

function readUsers(state: State): ReadonlyMap<string, User> {
  const users = new Map<string, User>()
  for (const [id, text] of state.users) {
    const document: JsonObject = JSON.parse(text)
    users.set(id, { id, userName: String(document.userName), isEnabled: isEnabled(document) })
  }
  return users
}

const pushTo = (lists: Map<string, string[]>, key: string, value: string) => {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

function grantsIn(state: State, assignments: readonly AssignmentTarget[]): (user: string) => Grants {
  const ofPrincipal = new Map<string, string[]>()
  for (const { account, permissionSet, principal } of assignments) {
    pushTo(ofPrincipal, principal.id, `${account} ${permissionSet}`)
  }
  const groupsOf = new Map<string, string[]>()
  for (const [group, members] of state.members) {
    if (ofPrincipal.has(group)) for (const user of members) pushTo(groupsOf, user, group)
  }
  return user => {
    const grants = new Map<string, string[]>()
    for (const grant of ofPrincipal.get(user) ?? []) pushTo(grants, grant, '')
    for (const group of groupsOf.get(user) ?? []) {
      for (const grant of ofPrincipal.get(group) ?? []) pushTo(grants, grant, group)
    }
    return grants
  }
}

type Loss = { readonly cause: LossCause; readonly from: number }
type GrantOutcome = Pick<AccessOutcome, 'outcome' | 'cause' | 'from' | 'until'>

function accessOfPerson(
  tables: Tables,
  user: User | undefined,
  source: SourceObject | undefined,
): PersonAccess | undefined {
  const nameId = source && tables.nameIdOf(source)
  const named = nameId === undefined ? undefined : tables.byNameAfter.get(nameId)
  const signsInAs = named?.isEnabled ? named : undefined
  const had: Grants = user?.isEnabled ? tables.grantsBefore(user.id) : noGrants
  const has: Grants = signsInAs ? tables.grantsAfter(signsInAs.id) : noGrants
  if (had.size === 0 && has.size === 0) return undefined
  const loss = user && lossOfUser(tables, user, source, signsInAs)
  // A person may have several users at AWS, of which she will use one.
  const hadByOther = signsInAs?.id === user?.id ? noGrants : tables.grantsOfOther(source, signsInAs)

  const outcomeOf = (grant: string): GrantOutcome => {
    const [past, present] = [had.get(grant), has.get(grant)]
    if (present && hadByOther.has(grant)) return { outcome: 'kept' }
    if (!past) return { outcome: 'gained' }
    if (!present || !signsInAs) return { outcome: 'lost', ...(loss ?? lossOfGrant(tables, past[0] ?? '')) }
    if (loss) return { outcome: 'lost', ...loss, until: regainedAt(tables, signsInAs, present) }
    const isKnown = present.some(via => via === '' || tables.memberships.isKnown(via, signsInAs.id))
    return { outcome: isKnown ? 'kept' : 'kept-unknown' }
  }
  const grants = [...new Set([...had.keys(), ...has.keys()])].sort()
  const outcomes = grants.map(grant => ({ grant, ...outcomeOf(grant) })).filter(one => one.outcome !== 'kept')
  if (outcomes.length === 0) return undefined

  const lost = outcomes.filter(({ outcome }) => outcome === 'lost')
  const count = (wanted: AccessOutcome['outcome']) =>
    outcomes.filter(({ outcome }) => outcome === wanted).length
  const person = {
    person: source?.name ?? user?.userName ?? '',
    user: user?.id ?? '',
    ...compact({ source: source?.id }),
  }
  return {
    ...person,
    count: outcomes.length,
    lost: lost.length,
    gained: count('gained'),
    keptUnknown: count('kept-unknown'),
    isAdministrator: lost.some(({ grant }) => isAdministrative(tables.played, grant)),
    ...compact({ cause: lost[0]?.cause }),
    ...(lost.length > 0 && {
      firstLoss: lost.reduce((first, { from = 0 }) => Math.min(first, from), Infinity),
    }),
    rows: () =>
      outcomes.map(({ grant, ...outcome }) => ({
        ...person,
        ...describeGrant(tables.played, grant, had.get(grant) ?? has.get(grant) ?? []),
        before: had.has(grant),
        after: has.has(grant),
        ...outcome,
        ...(outcome.outcome === 'lost' &&
          compact({ sessionsUntil: setOf(tables.played, grant)?.sessionDuration })),
      })),
  }
}

const minutesAfter = (now: number, at: number | undefined): number =>
  at === undefined ? 0 : Math.max(0, (at - now) / minute)

/** Undefined if she signs in as the same user. */
function lossOfUser(
  { played: { before, links, unsent, written }, usersAfter, now }: Tables,
  { id }: User,
  source: SourceObject | undefined,
  signsInAs: User | undefined,
): Loss | undefined {
  const there = usersAfter.get(id)
  const linked = source && links.get(source.id)
  const isRecreated = linked !== undefined && !before.users.has(linked)
  const from = minutesAfter(now, written.get(id))
  if (!there) return { cause: isRecreated ? 'recreated' : 'deleted', from }
  if (!there.isEnabled) return { cause: 'disabled', from }
  if (!source) return { cause: 'not-in-source', from: 0 }
  if (signsInAs?.id === id) return undefined
  if (isRecreated) return { cause: 'recreated', from: 0 }
  return { cause: unsent.get(source.id)?.outcome === 'refused' ? 'refused' : 'name-id', from: 0 }
}

/** Why a group grants a user nothing any more who signs in as before. */
function lossOfGrant({ played: { after, links, written }, groups, now }: Tables, via: string): Loss {
  const from = minutesAfter(now, written.get(via))
  if (via === '' || after.groups.has(via)) return { cause: 'membership', from }
  const source = groups.get(via)?.source
  return { cause: source && links.has(source.id) ? 'group-recreated' : 'deleted', from }
}

/** When a new user has the access again: she joins the group after she is created. */
const regainedAt = (
  { played: { joined, written }, now }: Tables,
  { id }: User,
  via: readonly string[],
): number => Math.min(...via.map(group => minutesAfter(now, joined.get(`${group} ${id}`) ?? written.get(id))))

const setOf = ({ directory }: Played, grant: string) =>
  directory.permissionSets.get(grant.slice(grant.indexOf(' ') + 1))

const accountOf = (grant: string) => grant.slice(0, grant.indexOf(' '))

/** By the name of the permission set, or in the account that owns the instance. */
function isAdministrative(played: Played, grant: string): boolean {
  const name = setOf(played, grant)?.name ?? ''
  return name.toLowerCase().includes('admin') || accountOf(grant) === played.directory.instance.account
}

function describeGrant(played: Played, grant: string, via: readonly string[]) {
  const { directory, before, after } = played
  const account = accountOf(grant)
  const nameOf = (group: string): string => {
    const text = before.groups.get(group) ?? after.groups.get(group)
    return text === undefined ? group : String(JSON.parse(text).displayName)
  }
  return {
    account,
    ...compact({ accountName: directory.accounts.get(account) }),
    permissionSet: setOf(played, grant)?.name ?? grant.slice(account.length + 1),
    via: via.filter(Boolean).map(nameOf).join(', '),
  }
}

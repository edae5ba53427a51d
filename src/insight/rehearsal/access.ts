import type { AccessOutcome } from '../../domain/contract/rehearsal.ts'
import { minute } from '../../domain/duration.ts'
import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { isEnabled, type Memberships } from './outcomes.ts'
import type { Played, PlayedWithTimes, SourceObject, State } from './played.ts'
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

type Compared = {
  readonly played: Played
  readonly times: PlayedWithTimes['times']
  readonly people: ReadonlyMap<string, Same>
  readonly groups: ReadonlyMap<string, Same>
  readonly memberships: Memberships
  readonly nameIdOf: ReadNameId
  /** The switch, in milliseconds since 1970. */
  readonly now: number
}

const noGrants: Grants = new Map()

/**
 * Who loses access, gains it, or keeps it only by memberships that the client does not know. After the change, a person is the
 * enabled user whose `userName` is exactly her NameID, if the identity provider lets her sign in.
 */
export function accessOf({
  played,
  times: { written, joined },
  now,
  ...same
}: Compared): readonly PersonAccess[] {
  const { before, after, directory, links, unsent } = played
  const usersAfter = new Map([...readUsers(after)].map(user => [user.id, user]))
  const byNameAfter = new Map([...usersAfter.values()].map(user => [user.userName, user]))
  const grantsBefore = grantsIn(before, directory.assignments)
  const grantsAfter = grantsIn(after, played.assignments)
  const sourceOf = (user: string) => same.people.get(user)?.source
  const minutesAfter = (at = now) => Math.max(0, (at - now) / minute)

  const found: PersonAccess[] = []
  const known = new Set<SourceObject>()
  for (const user of readUsers(before)) {
    const source = sourceOf(user.id)
    if (source) known.add(source)
    compare(user, source)
  }
  for (const source of played.client.objects)
    if (source.type === 'User' && !known.has(source)) compare(undefined, source)
  return found

  function compare(user: User | undefined, source: SourceObject | undefined): void {
    const nameId = source?.isEnabled ? same.nameIdOf(source) : undefined
    const named = nameId === undefined ? undefined : byNameAfter.get(nameId)
    const signsInAs = named?.isEnabled ? named : undefined
    const had: Grants = user?.isEnabled ? grantsBefore(user.id) : noGrants
    const has: Grants = signsInAs ? grantsAfter(signsInAs.id) : noGrants
    const loss = user && lossOfUser(user, source, signsInAs)
    // A person may have several users at AWS, of which she will use one.
    const isOther = signsInAs && signsInAs.id !== user?.id && sourceOf(signsInAs.id) === source
    const other = isOther ? before.users.get(signsInAs.id) : undefined
    const hadByOther =
      signsInAs && other && isEnabled(JSON.parse(other)) ? grantsBefore(signsInAs.id) : noGrants

    const outcomeOf = (grant: string): Pick<AccessOutcome, 'outcome' | 'cause' | 'from' | 'until'> => {
      const [past, present] = [had.get(grant), has.get(grant)]
      if (present && hadByOther.has(grant)) return { outcome: 'kept' }
      if (!past) return { outcome: 'gained' }
      if (!present || !signsInAs) return { outcome: 'lost', ...(loss ?? lossOfGrant(past[0] ?? '')) }
      if (loss) return { outcome: 'lost', ...loss, until: regainedAt(signsInAs, present) }
      const isKnown = present.some(via => via === '' || same.memberships.isKnown(via, signsInAs.id))
      return { outcome: isKnown ? 'kept' : 'kept-unknown' }
    }
    const outcomes = [...new Set([...had.keys(), ...has.keys()])]
      .sort()
      .map(grant => ({ grant, ...outcomeOf(grant) }))
      .filter(({ outcome }) => outcome !== 'kept')
    if (outcomes.length === 0) return

    const lost = outcomes.filter(({ outcome }) => outcome === 'lost')
    const count = (wanted: AccessOutcome['outcome']) =>
      outcomes.filter(({ outcome }) => outcome === wanted).length
    const person = {
      person: source?.name ?? user?.userName ?? '',
      user: user?.id ?? '',
      ...compact({ source: source?.id }),
    }
    found.push({
      ...person,
      count: outcomes.length,
      lost: lost.length,
      gained: count('gained'),
      keptUnknown: count('kept-unknown'),
      isAdministrator: lost.some(({ grant }) => isAdministrative(played, grant)),
      ...compact({ cause: lost[0]?.cause }),
      ...(lost.length > 0 && {
        firstLoss: lost.reduce((first, { from = 0 }) => Math.min(first, from), Infinity),
      }),
      rows: rowsOf(played, person, outcomes, had, has),
    })
  }

  /** Undefined if she signs in as the same user. */
  function lossOfUser({ id }: User, source: SourceObject | undefined, signsInAs: User | undefined) {
    const loss = (cause: LossCause, from = 0) => ({ cause, from })
    const there = usersAfter.get(id)
    const linked = source && links.get(source.id)
    const isRecreated = linked !== undefined && !before.users.has(linked)
    if (!there) return loss(isRecreated ? 'recreated' : 'deleted', minutesAfter(written.get(id)))
    if (!there.isEnabled) return loss('disabled', minutesAfter(written.get(id)))
    if (!source) return loss('not-in-source')
    if (!source.isEnabled) return loss('disabled-in-source')
    if (signsInAs?.id === id) return undefined
    if (isRecreated) return loss('recreated')
    return loss(unsent.get(source.id)?.outcome === 'refused' ? 'refused' : 'name-id')
  }

  /** Why a group grants a user nothing any more who signs in as before. */
  function lossOfGrant(via: string): { readonly cause: LossCause; readonly from: number } {
    const source = same.groups.get(via)?.source
    const isRecreated = source && links.has(source.id)
    const isThere = via === '' || after.groups.has(via)
    const cause = isThere ? 'membership' : isRecreated ? 'group-recreated' : 'deleted'
    return { cause, from: minutesAfter(written.get(via)) }
  }

  /** When a new user has the access again: she joins the group after she is created. */
  function regainedAt({ id }: User, via: readonly string[]): number {
    const times = via.map(group => joined.get(`${group} ${id}`) ?? written.get(id))
    return Math.min(...times.map(minutesAfter))
  }
}

/** A function within `accessOf` would keep its tables, which take 90 MB for 100,000 users. */
const rowsOf =
  (
    played: Played,
    person: Pick<AccessOutcome, 'person' | 'user' | 'source'>,
    outcomes: readonly (Pick<AccessOutcome, 'outcome' | 'cause' | 'from' | 'until'> & { grant: string })[],
    had: Grants,
    has: Grants,
  ) =>
  (): readonly AccessOutcome[] =>
    outcomes.map(({ grant, ...outcome }) => ({
      ...person,
      ...describeGrant(played, grant, had.get(grant) ?? has.get(grant) ?? []),
      before: had.has(grant),
      after: has.has(grant),
      ...outcome,
      ...(outcome.outcome === 'lost' && compact({ sessionsUntil: setOf(played, grant)?.sessionDuration })),
    }))

function* readUsers(state: State): Generator<User> {
  for (const [id, text] of state.users) {
    const document: JsonObject = JSON.parse(text)
    yield { id, userName: String(document.userName), isEnabled: isEnabled(document) }
  }
}

const pushTo = (lists: Map<string, string[]>, key: string, value: string) => {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}

function grantsIn(state: State, assignments: readonly AssignmentTarget[]): (user: string) => Grants {
  const ofPrincipal = new Map<string, string[]>()
  for (const { account, permissionSet, principal } of assignments) {
    pushTo(ofPrincipal, `${principal.type} ${principal.id}`, `${account} ${permissionSet}`)
  }
  const groupsOf = new Map<string, string[]>()
  for (const group of state.groups.keys()) {
    if (ofPrincipal.has(`Group ${group}`))
      for (const user of state.members(group)) pushTo(groupsOf, user, group)
  }
  return user => {
    const grants = new Map<string, string[]>()
    for (const grant of ofPrincipal.get(`User ${user}`) ?? []) pushTo(grants, grant, '')
    for (const group of groupsOf.get(user) ?? []) {
      for (const grant of ofPrincipal.get(`Group ${group}`) ?? []) pushTo(grants, grant, group)
    }
    return grants
  }
}

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

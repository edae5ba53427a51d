import type { AccessOutcome, lossCauses } from '../../domain/contract/rehearsal.ts'
import { minute } from '../../domain/duration.ts'
import type { AssignmentTarget } from '../../domain/ports/account-assignments.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { isEnabled, type Memberships } from './outcomes.ts'
import type { Played, SourceObject, State } from './played.ts'
import type { ReadNameId, Same } from './source.ts'

export type LossCause = (typeof lossCauses)[number]

/** A person whose access is not just kept. */
export type PersonAccess = {
  readonly person: string
  /** The user at AWS before, or else after the change. */
  readonly user: string
  readonly source?: string
  readonly lost: number
  readonly gained: number
  readonly keptUnknown: number
  /** Of the first access that is lost. */
  readonly cause?: LossCause
  /** Whether access of an administrator is lost. */
  readonly isAdministrator: boolean
  /** Minutes after the switch. */
  readonly firstLoss?: number
  /** Computed at each call: people have many. */
  readonly rows: () => readonly AccessOutcome[]
}

type User = { readonly id: string; readonly userName: string; readonly isEnabled: boolean }

/** What the groups of a user, and she herself, are assigned to: groups by grant; the empty text for herself. */
type Grants = ReadonlyMap<string, readonly string[]>

function readUsers(state: State): ReadonlyMap<string, User> {
  const users = new Map<string, User>()
  for (const [id, text] of state.users) {
    const document: JsonObject = JSON.parse(text)
    users.set(id, { id, userName: String(document.userName), isEnabled: isEnabled(document) })
  }
  return users
}

/** `account permissionSet` texts, which sort by account. */
function grantsIn(state: State, assignments: readonly AssignmentTarget[]): (user: string) => Grants {
  const ofPrincipal = new Map<string, string[]>()
  for (const { account, permissionSet, principal } of assignments) {
    const grants = ofPrincipal.get(principal.id) ?? []
    grants.push(`${account} ${permissionSet}`)
    ofPrincipal.set(principal.id, grants)
  }
  const groupsOf = new Map<string, string[]>()
  for (const [group, members] of state.members) {
    if (!ofPrincipal.has(group)) continue
    for (const user of members) groupsOf.set(user, [...(groupsOf.get(user) ?? []), group])
  }
  return user => {
    const grants = new Map<string, string[]>()
    for (const via of [user, ...(groupsOf.get(user) ?? [])]) {
      for (const grant of ofPrincipal.get(via) ?? []) {
        grants.set(grant, [...(grants.get(grant) ?? []), via === user ? '' : via])
      }
    }
    return grants
  }
}

type Deps = {
  readonly played: Played
  readonly people: ReadonlyMap<string, Same>
  readonly groups: ReadonlyMap<string, Same>
  readonly memberships: Memberships
  readonly nameIdOf: ReadNameId
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * People who lose or gain access, or keep it by memberships that the client does not know. After the change, a person is the user
 * whose `userName` is exactly her NameID.
 */
export function accessOf({
  played,
  people,
  groups,
  memberships,
  nameIdOf,
  now,
}: Deps): readonly PersonAccess[] {
  const { before, after, directory, links, unsent, written, joined } = played
  const [usersBefore, usersAfter] = [readUsers(before), readUsers(after)]
  const byName = new Map([...usersAfter.values()].map(user => [user.userName, user]))
  const grantsBefore = grantsIn(before, directory.assignments)
  const grantsAfter = grantsIn(after, played.assignments)
  const permissionSets = directory.permissionSets
  const minutes = (at: number | undefined) => (at === undefined ? 0 : Math.max(0, (at - now) / minute))
  const groupName = (id: string) => {
    const text = before.groups.get(id) ?? after.groups.get(id)
    return text === undefined ? id : String(JSON.parse(text).displayName)
  }
  const isAdministrative = (grant: string) => {
    const [account, set = ''] = grant.split(' ')
    return account === directory.instance.account || /admin/i.test(permissionSets.get(set)?.name ?? set)
  }

  const newUserOf = (source: SourceObject | undefined) => {
    const id = source && links.get(source.id)
    return id === undefined || before.users.has(id) ? undefined : id
  }

  /** Why a user loses access, and when; undefined if she can sign in as before. */
  const lossOfUser = (user: User, source: SourceObject | undefined, signsInAs: User | undefined) => {
    const there = usersAfter.get(user.id)
    const isRecreated = newUserOf(source) !== undefined
    const at = minutes(written.get(user.id))
    if (!there) return { cause: isRecreated ? 'recreated' : 'deleted', from: at } as const
    if (!there.isEnabled) return { cause: 'disabled', from: at } as const
    if (!source) return { cause: 'not-in-source', from: 0 } as const
    if (signsInAs?.id === user.id) return undefined
    if (isRecreated) return { cause: 'recreated', from: 0 } as const
    const isRefused = unsent.get(source.id)?.outcome === 'refused'
    return { cause: isRefused ? 'refused' : 'name-id', from: 0 } as const
  }

  /** Why a user who can sign in loses what a group or an assignment granted. */
  const lossOfGrant = (via: string) => {
    const group = groups.get(via)
    if (via === '' || after.groups.has(via)) {
      return { cause: 'membership', from: minutes(written.get(via)) } as const
    }
    const isRecreated = group !== undefined && links.has(group.source.id)
    return { cause: isRecreated ? 'group-recreated' : 'deleted', from: minutes(written.get(via)) } as const
  }

  const personOf = (user: User | undefined, source: SourceObject | undefined): PersonAccess | undefined => {
    const nameId = source && nameIdOf(source)
    const found = nameId === undefined ? undefined : byName.get(nameId)
    const signsInAs = found?.isEnabled ? found : undefined
    const had: Grants = user?.isEnabled ? grantsBefore(user.id) : new Map()
    const has: Grants = signsInAs ? grantsAfter(signsInAs.id) : new Map()
    if (had.size === 0 && has.size === 0) return undefined
    const loss = user && lossOfUser(user, source, signsInAs)

    const outcomeOf = (grant: string): Pick<AccessOutcome, 'outcome' | 'cause' | 'from' | 'until'> => {
      const [past, present] = [had.get(grant), has.get(grant)]
      if (!past) return { outcome: 'gained' }
      if (!present) return { outcome: 'lost', ...(loss ?? lossOfGrant(past[0] ?? '')) }
      if (loss && signsInAs && signsInAs.id !== user.id) {
        const again = present.map(
          via => joined.get(`${via} ${signsInAs.id}`) ?? written.get(signsInAs.id) ?? now,
        )
        return { outcome: 'lost', ...loss, until: minutes(Math.min(...again)) }
      }
      const isKnown = present.some(via => via === '' || memberships.isKnown(via, signsInAs?.id ?? ''))
      return { outcome: isKnown ? 'kept' : 'kept-unknown' }
    }
    const outcomes = [...new Set([...had.keys(), ...has.keys()])]
      .sort()
      .map(grant => ({ grant, ...outcomeOf(grant) }))
    const notKept = outcomes.filter(({ outcome }) => outcome !== 'kept')
    if (notKept.length === 0) return undefined

    const shown = user ?? signsInAs
    const person = source?.name ?? shown?.userName ?? ''
    const lost = notKept.filter(({ outcome }) => outcome === 'lost')
    const count = (wanted: AccessOutcome['outcome']) =>
      notKept.filter(({ outcome }) => outcome === wanted).length
    const common = { person, user: shown?.id ?? '', ...compact({ source: source?.id }) }
    return {
      ...common,
      lost: lost.length,
      gained: count('gained'),
      keptUnknown: count('kept-unknown'),
      isAdministrator: lost.some(({ grant }) => isAdministrative(grant)),
      ...compact({ cause: lost[0]?.cause }),
      ...(lost.length > 0 && { firstLoss: Math.min(...lost.map(({ from = 0 }) => from)) }),
      rows: () =>
        notKept.map(({ grant, ...outcome }) => {
          const [account = '', set = ''] = grant.split(' ')
          const permissionSet = permissionSets.get(set)
          return {
            ...common,
            account,
            ...compact({ accountName: directory.accounts.get(account) }),
            permissionSet: permissionSet?.name ?? set,
            via: (had.get(grant) ?? has.get(grant) ?? []).filter(Boolean).map(groupName).join(', '),
            before: had.has(grant),
            after: has.has(grant),
            ...outcome,
            ...(outcome.outcome === 'lost' && compact({ sessionsUntil: permissionSet?.sessionDuration })),
          }
        }),
    }
  }

  const found: PersonAccess[] = []
  const known = new Set<SourceObject>()
  for (const user of usersBefore.values()) {
    const source = people.get(user.id)?.source
    if (source) known.add(source)
    const person = personOf(user, source)
    if (person) found.push(person)
  }
  for (const source of played.client.objects) {
    const person = source.type === 'User' && !known.has(source) ? personOf(undefined, source) : undefined
    if (person) found.push(person)
  }
  return found
}

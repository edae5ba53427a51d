import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { AccountAssignments } from '../../domain/ports/account-assignments.ts'
import type { Directory, Identity, IdentityQuery, Page } from '../../domain/ports/directory.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import { getRule, type SignInRuleId, type SignInSeverity } from './rules.ts'
import { isAddress, isGuestName, primaryEmail } from './user-name.ts'

export type UserSignIn = {
  readonly identity: Identity
  readonly verdict: SignInVerdict
  readonly issues: readonly SignInIssue[]
}

type UserSignInDeps = {
  readonly directory: Pick<Directory, 'identity' | 'identities'>
  readonly assignments: Pick<AccountAssignments, 'assignments'>
}

type UserSignInQuery = IdentityQuery & { readonly verdict?: SignInVerdict }

/** Read at once: a few milliseconds. */
const usersPerRead = 50
const maxRead = 2500

/** Newest first, deleted users included. With a verdict, a page may be short or empty and still have a `next`. */
export async function listUserSignIns(
  { directory, assignments }: UserSignInDeps,
  tenant: number,
  { verdict, limit, cursor, ...query }: UserSignInQuery,
): Promise<Page<UserSignIn>> {
  const readPage = (size: number, from: string | undefined) =>
    directory.identities(tenant, 'User', { ...query, limit: size, ...compact({ cursor: from }) })

  const found: UserSignIn[] = []
  let position = cursor
  for (let read = 0; read < maxRead; read += usersPerRead) {
    const start = position
    const users = await readPage(verdict === undefined ? limit : usersPerRead, start)
    position = users.next
    for (const [index, identity] of users.items.entries()) {
      const user = evaluateUser(identity)
      if (verdict === undefined || verdict === user.verdict) found.push(user)
      if (sharedSlices.isOver()) await sharedSlices.next(query.signal)
      if (found.length < limit) continue
      // The next page begins after this user.
      if (index + 1 < users.items.length) position = (await readPage(index + 1, start)).next
      break
    }
    if (position === undefined || found.length === limit || verdict === undefined) break
  }
  return { items: await addAccessIssues(assignments, tenant, found), ...compact({ next: position }) }
}

/** The numbers of active users by verdict. */
export async function countUserSignIns(
  { directory }: Pick<UserSignInDeps, 'directory'>,
  tenant: number,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<SignInVerdict, number>>> {
  const counts = { yes: 0, 'at-risk': 0, no: 0 }
  let cursor: string | undefined
  do {
    const page = { status: 'active', limit: usersPerRead, ...compact({ cursor, signal }) } as const
    const { items, next } = await directory.identities(tenant, 'User', page)
    for (const identity of items) {
      counts[evaluateUser(identity).verdict]++
      if (sharedSlices.isOver()) await sharedSlices.next(signal)
    }
    cursor = next
  } while (cursor !== undefined)
  return counts
}

function evaluateUser(identity: Identity): UserSignIn {
  const issues = findUserIssues(identity)
  return { identity, verdict: verdictOf(issues), issues }
}

export async function findUserSignIn(
  { directory, assignments }: UserSignInDeps,
  tenant: number,
  id: string,
): Promise<UserSignIn | undefined> {
  const identity = await directory.identity(tenant, 'User', id)
  if (!identity) return undefined
  const [found] = await addAccessIssues(assignments, tenant, [evaluateUser(identity)])
  return found
}

async function addAccessIssues(
  assignments: Pick<AccountAssignments, 'assignments'>,
  tenant: number,
  users: readonly UserSignIn[],
): Promise<readonly UserSignIn[]> {
  const groupless = users.filter(({ identity }) => identity.groups.length === 0)
  const assigned = await findAssigned(
    assignments,
    tenant,
    groupless.map(({ identity }) => identity.id),
  )
  return users.map(user => {
    const { identity, issues } = user
    return { ...user, issues: [...issues, ...findAccessIssue(identity, assigned.has(identity.id))] }
  })
}

const assignmentsPerRead = 500

async function findAssigned(
  assignments: Pick<AccountAssignments, 'assignments'>,
  tenant: number,
  users: readonly string[],
): Promise<ReadonlySet<string>> {
  const assigned = new Set<string>()
  let after: string | undefined
  let others = users
  while (others.length > 0) {
    const rows = await assignments.assignments(tenant, {
      principals: others,
      principalType: 'User',
      limit: assignmentsPerRead,
      ...compact({ after }),
    })
    for (const { principal } of rows) assigned.add(principal.id)
    if (rows.length < assignmentsPerRead) break
    others = others.filter(id => !assigned.has(id))
    after = rows.at(-1)?.id
  }
  return assigned
}

/** `no`: AWS would reject the sign-in. `at-risk`: the sign-in or the access may fail. */
type SignInVerdict = 'yes' | 'at-risk' | 'no'

type SignInIssue = { readonly rule: SignInRuleId; readonly detail: string }

const missing: Readonly<Record<Identity['status'], string | undefined>> = {
  active: undefined,
  disabled: 'The user is disabled.',
  retained: 'The user was deleted; only a disabled record is left.',
  removed: 'The user was deleted.',
}

export function findUserIssues(
  identity: Pick<Identity, 'status' | 'label' | 'document' | 'predecessor'>,
): readonly SignInIssue[] {
  const { status, label, document, predecessor } = identity
  const issues: SignInIssue[] = []
  const add = (rule: SignInRuleId, detail: string | undefined) => {
    if (detail !== undefined) issues.push({ rule, detail })
  }
  add('SI-030', isAddress(label) ? undefined : 'The userName is not an email address.')
  add('SI-031', missing[status])
  add('SI-032', isGuestName(label) ? 'The userName is the name of an Entra guest (#EXT#).' : undefined)
  const email = document === undefined ? undefined : primaryEmail(JSON.parse(document) as JsonObject)
  if (email !== undefined && fold(email) !== fold(label)) {
    add('SI-033', `The userName differs from the primary email address ${email}.`)
  }
  if (predecessor !== undefined && missing[status] === undefined) {
    add('SI-034', `An earlier user with this name had the ID ${predecessor}.`)
  }
  return issues
}

export const findAccessIssue = (
  { status, groups }: Pick<Identity, 'status' | 'groups'>,
  hasAssignment: boolean,
): readonly SignInIssue[] =>
  (status === 'active' || status === 'disabled') && groups.length === 0 && !hasAssignment
    ? [{ rule: 'SI-035', detail: 'The user is in no group and has no account assignment.' }]
    : []

const verdicts: Readonly<Record<SignInSeverity, SignInVerdict>> = {
  error: 'no',
  warning: 'at-risk',
  note: 'yes',
}

export function verdictOf(issues: readonly SignInIssue[]): SignInVerdict {
  const found = issues.map(({ rule }) => verdicts[getRule(rule).severity])
  return found.includes('no') ? 'no' : found.includes('at-risk') ? 'at-risk' : 'yes'
}

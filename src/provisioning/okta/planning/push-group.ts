import { failureIn, isNotFound, type Read, readResource } from '../../kit/failure.ts'
import type { Plan } from '../../kit/plan.ts'
import { create, read, remove, replace } from '../../kit/scim-request.ts'
import type { App } from '../app.ts'
import {
  changeMembers,
  groupBody,
  lookUpGroup,
  type Member,
  type MemberChange,
  renameGroup,
  replaceMembers,
} from './requests.ts'
import { readLookUp } from './responses.ts'
import type { Failure, Step } from './task.ts'

type Linked = { readonly target: string; readonly effect: 'created' | 'linked' }

/** With imports of groups, `imported` has the ID by name, and nothing is searched. */
export function* linkGroup(
  name: string,
  { groupImport }: App,
  imported: ReadonlyMap<string, string>,
): Plan<Read<Linked, Step>> {
  const known = groupImport ? imported.get(name) : undefined
  if (known !== undefined) return { found: { target: known, effect: 'linked' } }
  if (!groupImport) {
    const lookUp = readLookUp(yield lookUpGroup(name), 'group look-up')
    if (lookUp.failure) return { failure: lookUp.failure }
    if (lookUp.found) return { found: { target: lookUp.found.id, effect: 'linked' } }
  }
  const { found, failure } = readResource(
    yield create('Groups', groupBody(name)),
    'group create',
    'Create new group returned empty group.',
  )
  return failure ? { failure } : { found: { target: found.id, effect: 'created' } }
}

export type Members = ReadonlyMap<string, Member>

export type GroupPush = {
  readonly name: string
  readonly target: string
  readonly pushed: Members
  readonly wanted: Members
  /** Members whose users are inactive: a push of changes leaves them as they are. */
  readonly inactive: Members
  readonly isRenamed: boolean
  readonly mode: 'changes' | 'now'
}

export type PushOutcome = {
  readonly members: Members
  readonly added: number
  readonly removed: number
  readonly failure?: Failure
}

export function pushMembers(push: GroupPush, app: App): Plan<PushOutcome> {
  if (app.family === 'wizard') return putGroup(push)
  return push.mode === 'now' && app.pushNow === 'replace' ? pushAll(push) : pushChanges(push, app)
}

type Change = MemberChange & { readonly user: string }

const isSame = (one: Member | undefined, other: Member | undefined) => one?.value === other?.value

function changesOf({ pushed, wanted, inactive, mode }: GroupPush): readonly Change[] {
  const isKept = (user: string, member: Member) =>
    isSame(wanted.get(user), member) || isSame(inactive.get(user), member)
  return [
    ...[...pushed]
      .filter(([user, member]) => !isKept(user, member))
      .map(([user, { value }]) => ({ op: 'remove' as const, user, value })),
    ...[...wanted]
      .filter(([user, member]) => mode === 'now' || !isSame(pushed.get(user), member))
      .map(([user, member]) => ({ op: 'add' as const, user, member })),
  ]
}

function* pushChanges(push: GroupPush, { batch }: App): Plan<PushOutcome> {
  const { name, target, pushed, isRenamed, mode } = push
  const changes = changesOf(push)
  const members = new Map(pushed)
  let added = 0
  let removed = 0
  const size = Math.min(batch, Math.max(1, changes.length))
  for (let at = 0; at < changes.length; at += size) {
    const some = changes.slice(at, at + size)
    const failure = failureIn(yield changeMembers(target, some), 'group update')
    if (failure) return { members, added, removed, failure }
    for (const change of some) {
      if (change.op === 'remove') {
        members.delete(change.user)
        removed++
      } else {
        if (!isSame(pushed.get(change.user), change.member)) added++
        members.set(change.user, change.member)
      }
    }
  }
  // Okta sends the name with each change of members (its SCIM 2.0 reference).
  const failure =
    changes.length > 0 || isRenamed || mode === 'now'
      ? failureIn(yield renameGroup(target, name), 'group update')
      : undefined
  return { members, added, removed, ...(failure && { failure }) }
}

function* pushAll({ name, target, pushed, wanted }: GroupPush): Plan<PushOutcome> {
  const failure =
    failureIn(yield replaceMembers(target, [...wanted.values()]), 'group update') ??
    failureIn(yield renameGroup(target, name), 'group update')
  return replacedBy(pushed, wanted, failure)
}

function* putGroup({ name, target, pushed, wanted, inactive }: GroupPush): Plan<PushOutcome> {
  const kept = [...inactive].filter(([user, member]) => isSame(pushed.get(user), member))
  const all: Members = new Map([...kept, ...wanted])
  const current = readResource(yield read('Groups', target), 'group read', 'The response has no group.')
  if (current.failure) return replacedBy(pushed, all, current.failure)
  const body = { ...current.found, displayName: name, members: [...all.values()] }
  const failure = failureIn(yield replace('Groups', target, body), 'group update')
  return replacedBy(pushed, all, failure)
}

function replacedBy(pushed: Members, members: Members, failure: Failure | undefined): PushOutcome {
  if (failure) return { members: pushed, added: 0, removed: 0, failure }
  const without = (some: Members, others: Members) =>
    [...some].filter(([user, member]) => !isSame(others.get(user), member)).length
  return { members, added: without(members, pushed), removed: without(pushed, members) }
}

/** Deletes a group that is no longer pushed. One that is gone already counts as deleted. */
export function* deleteGroup(target: string): Plan<Failure | undefined> {
  const response = yield remove('Groups', target)
  return isNotFound(response) ? undefined : failureIn(response, 'group delete')
}

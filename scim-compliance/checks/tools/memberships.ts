import { expectStatus, expectThat, objectIn, skip } from '../../expect.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Answer, Made, Stage } from '../../stage.ts'
import { lookUp } from './look-ups.ts'
import { expectPatched, operation } from './patches.ts'
import { createGroup, createUser, nobody } from './people.ts'
import { reached } from './prepared.ts'

/** The ids in a group as it is read; undefined where the server shows no members at all. */
async function shownMembers(stage: Stage, group: Made) {
  const answer = await stage.get(group.path)
  expectStatus(answer, 200)
  const { members } = objectIn(answer)
  const ids =
    !Array.isArray(members) || members.length === 0
      ? undefined
      : members.filter(isObject).map(({ value }) => value)
  return { answer, ids }
}

/** Some servers tell of members only when they are asked about one. */
async function isMember(stage: Stage, group: Made, id: string): Promise<boolean> {
  const filter = `id eq "${group.id}" and members eq "${id}"`
  const answer = await stage.get(lookUp(stage.groups, filter))
  return isObject(answer.body) && Array.isArray(answer.body.Resources) && answer.body.Resources.length === 1
}

/** Asks for each; skips where the server says yes to a member who doesn't exist. */
async function askedMembers(stage: Stage, group: Made, all: readonly string[]): Promise<readonly string[]> {
  if (await isMember(stage, group, nobody()))
    skip('The server shows no members, and a filter by a member finds the group whoever is asked for.')
  const answers = await Promise.all(all.map(id => isMember(stage, group, id)))
  return all.filter((_, at) => answers[at])
}

/** Exactly these of all are members; asked one by one where the server shows none. */
export async function expectMembers(
  stage: Stage,
  group: Made,
  all: readonly string[],
  wanted: readonly string[],
): Promise<void> {
  const { answer, ids } = await shownMembers(stage, group)
  const got: readonly unknown[] = ids ?? (await askedMembers(stage, group, all))
  const right = got.length === wanted.length && wanted.every(id => got.includes(id))
  // Where members are asked for, the group as it is read says nothing of who is one.
  const shows = ids !== undefined || got.length === 0 ? answer : undefined
  const expected = `${wanted.length} members: ${wanted.join(', ')}`
  expectThat(right, expected, { members: got.length, ids: got.map(String) }, shows)
}

const rootOf = { entra: 'entra/members/add-one', aws: 'aws/groups/create-with-members' } as const

/** Makes users members of a group in a way that the server takes; skips where none has an effect. */
export async function join(
  stage: Stage,
  group: Made,
  ids: readonly string[],
  suite: keyof typeof rootOf = 'entra',
): Promise<void> {
  const members = ids.map(value => ({ value }))
  await reached(
    'Nobody becomes a member',
    rootOf[suite],
    ...['add', 'Add'].map(op => async () => {
      await expectPatched(stage, group.path, operation(op, 'members', members))
      await expectMembers(stage, group, ids, ids)
    }),
  )
}

/** A group, and a user who is a member of it. */
export async function groupWithMember(
  stage: Stage,
  suite: keyof typeof rootOf = 'entra',
): Promise<{ readonly group: Made; readonly user: Made }> {
  const [user, group] = [await createUser(stage), await createGroup(stage)]
  await join(stage, group, [user.id], suite)
  return { group, user }
}

/** Skips where the server shows no members anyway: then that it leaves them out says nothing. */
export async function needShownMembers(stage: Stage, group: Made): Promise<void> {
  const { ids } = await shownMembers(stage, group)
  if (ids === undefined) skip('The server never shows the members of groups.')
}

/** Shown without members: an empty list is as good as none. */
export function expectNoMembers(group: JsonObject | undefined, answer?: Answer): void {
  const members = group?.members
  const isEmpty = members === undefined || (Array.isArray(members) && members.length === 0)
  expectThat(isEmpty, 'no members', members, answer)
}

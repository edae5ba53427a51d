import { expectStatus, expectThat, objectIn } from '../../expect.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Answer, Made, Stage } from '../../stage.ts'
import { lookUp } from './look-ups.ts'
import { expectPatched, operation } from './patches.ts'
import { createGroup, createUser } from './people.ts'

/** The ids in a group as it is read; undefined where the server shows no members at all. */
async function shownMembers(stage: Stage, group: Made): Promise<readonly unknown[] | undefined> {
  const answer = await stage.get(group.path)
  expectStatus(answer, 200)
  const { members } = objectIn(answer)
  if (!Array.isArray(members) || members.length === 0) return undefined
  return members.filter(isObject).map(({ value }) => value)
}

/** Some servers tell of members only when they are asked about one. */
async function isMember(stage: Stage, group: Made, id: string): Promise<boolean> {
  const filter = `id eq "${group.id}" and members eq "${id}"`
  const answer = await stage.get(lookUp(stage.groups, filter))
  return isObject(answer.body) && Array.isArray(answer.body.Resources) && answer.body.Resources.length === 1
}

/** Exactly these of all are members; asked one by one where the server shows none. */
export async function expectMembers(
  stage: Stage,
  group: Made,
  all: readonly string[],
  wanted: readonly string[],
): Promise<void> {
  const shown = await shownMembers(stage, group)
  const asked = async () => {
    const answers = await Promise.all(all.map(id => isMember(stage, group, id)))
    return all.filter((_, at) => answers[at])
  }
  const got: readonly unknown[] = shown ?? (await asked())
  const right = got.length === wanted.length && wanted.every(id => got.includes(id))
  expectThat(right, `${wanted.length} members: ${wanted.join(', ')}`, {
    members: got.length,
    ids: got.map(String),
  })
}

/** A group, and a user who was added to it in a way that every server takes. */
export async function groupWithMember(stage: Stage): Promise<{ readonly group: Made; readonly user: Made }> {
  const [user, group] = [await createUser(stage), await createGroup(stage)]
  await expectPatched(stage, group.path, operation('add', 'members', [{ value: user.id }]))
  return { group, user }
}

/** Shown without members: an empty list is as good as none. */
export function expectNoMembers(group: JsonObject | undefined, answer?: Answer): void {
  const members = group?.members
  const isEmpty = members === undefined || (Array.isArray(members) && members.length === 0)
  expectThat(isEmpty, 'no members', members, answer)
}

import { fail, objectIn, resourcesIn, shown } from '../../expect.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Answer, Made, Stage, TypeAtHand } from '../../stage.ts'
import { createGroup, createUser, displayNameOf, userNameOf } from './people.ts'
import { followsFrom, reached } from './prepared.ts'

/** Entra's way of writing a query: blanks as plus signs, the rest in percents. */
export const query = (filter: string): string => encodeURIComponent(filter).replaceAll('%20', '+')

/** `/Users?filter=userName+eq+%22…%22` */
export const lookUp = (type: TypeAtHand, filter: string, more = ''): string =>
  `${type.endpoint}?${more}filter=${query(filter)}`

/** How somebody who was made is looked for. */
export const byUserName = ({ users }: Stage, user: Made): string =>
  lookUp(users, `userName eq "${userNameOf(user)}"`)

export const byDisplayName = ({ groups }: Stage, group: Made, more = ''): string =>
  lookUp(groups, `displayName eq "${displayNameOf(group)}"`, more)

/** Looks up, and once more for a while where a server is late. */
async function lookedUp(stage: Stage, path: string, ids: readonly string[], headers?: Headers) {
  let answer = await stage.get(path, headers)
  if (answer.status === 200 && !isExactly(answer, ids))
    await stage.eventually(async () => {
      answer = await stage.get(path, headers)
      return isExactly(answer, ids)
    })
  return answer
}

type Headers = Readonly<Record<string, string>>

/** A look-up finds these and nobody else, and totalResults says so. */
export async function expectFound(
  stage: Stage,
  path: string,
  ids: readonly string[],
  headers?: Headers,
): Promise<readonly JsonObject[]> {
  const answer = await lookedUp(stage, path, ids, headers)
  const found = resourcesIn(answer)
  if (!sameIds(answer, ids))
    fail(
      ids.length === 0 ? 'no resources' : `${counted(ids.length)}, with the id ${ids.join(', ')}`,
      `${counted(found.length)}, with ${shown(found.map(({ id }) => id ?? null))}`,
      answer,
    )
  const { totalResults } = objectIn(answer)
  if (totalResults !== ids.length) fail(`totalResults ${ids.length}`, shown(totalResults), answer)
  return found
}

const counted = (count: number): string => `${count} resource${count === 1 ? '' : 's'}`

const foundIn = ({ body }: Answer): readonly JsonObject[] =>
  isObject(body) && Array.isArray(body.Resources) ? body.Resources.filter(isObject) : []

const sameIds = (answer: Answer, ids: readonly string[]): boolean => {
  const found = foundIn(answer)
  return found.length === ids.length && ids.every(id => found.some(other => other.id === id))
}

const isExactly = (answer: Answer, ids: readonly string[]): boolean =>
  sameIds(answer, ids) && isObject(answer.body) && answer.body.totalResults === ids.length

/** `only`: exactly who matches. `more`: others, too, or totalResults counts others. `none`: not who matches. */
export async function howFound(
  stage: Stage,
  user: Made,
): Promise<{ readonly how: 'only' | 'more' | 'none'; readonly answer: Answer }> {
  const answer = await lookedUp(stage, byUserName(stage, user), [user.id])
  if (isExactly(answer, [user.id])) return { how: 'only', answer }
  return { how: answer.status === 200 && foundIn(answer).length > 0 ? 'more' : 'none', answer }
}

const rootsOf = {
  entra: {
    none: 'entra/look-up/by-user-name',
    more: 'entra/look-up/only-the-match',
    group: 'entra/groups/look-up',
  },
  aws: { none: 'aws/filters/user-name', more: 'aws/filters/user-name', group: 'aws/filters/group-name' },
} as const

/** Skips unless the look-up by userName finds just this user: then a look-up that finds says nothing of what is special about it. */
export async function needFoundUser(stage: Stage, user: Made, suite: keyof typeof rootsOf = 'entra') {
  // Somebody must be there whom a filter that is ignored would show, too.
  await createUser(stage)
  const { how } = await howFound(stage, user)
  if (how === 'only') return
  const what = how === 'none' ? 'doesn’t find the user' : 'shows more than the user who matches'
  followsFrom(`A look-up by userName ${what}`, rootsOf[suite][how])
}

/** The same with a group and its displayName. */
export async function needFoundGroup(stage: Stage, group: Made, suite: keyof typeof rootsOf = 'entra') {
  await createGroup(stage)
  await reached('A look-up by displayName doesn’t find just the group', rootsOf[suite].group, () =>
    expectFound(stage, byDisplayName(stage, group), [group.id]),
  )
}

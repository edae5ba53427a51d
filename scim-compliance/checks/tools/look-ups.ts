import { fail, resourcesIn, shown } from '../../expect.ts'
import { isObject, type JsonObject } from '../../json.ts'
import type { Answer, Made, Stage, TypeAtHand } from '../../stage.ts'
import { displayNameOf, userNameOf } from './people.ts'

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

/** Looks somebody up, and once more for a while where a server is late. */
export async function expectFound(
  stage: Stage,
  path: string,
  ids: readonly string[],
  headers?: Readonly<Record<string, string>>,
): Promise<readonly JsonObject[]> {
  let answer = await stage.get(path, headers)
  const right = () => sameIds(answer, ids)
  if (answer.status === 200 && !right())
    await stage.eventually(async () => {
      answer = await stage.get(path, headers)
      return right()
    })
  const found = resourcesIn(answer)
  if (!right())
    fail(
      ids.length === 0 ? 'nobody' : `${ids.length} with the id ${ids.join(', ')}`,
      `${found.length} with ${shown(found.map(({ id }) => id ?? null))}`,
      answer,
    )
  return found
}

const sameIds = ({ body }: Answer, ids: readonly string[]): boolean => {
  const found = isObject(body) && Array.isArray(body.Resources) ? body.Resources.filter(isObject) : []
  return found.length === ids.length && ids.every(id => found.some(other => other.id === id))
}

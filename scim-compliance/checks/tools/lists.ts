import { expectThat, fail, objectIn, resourcesIn, shown, skip } from '../../expect.ts'
import type { Answer, Made, Stage, TypeAtHand } from '../../stage.ts'
import { at } from './attributes.ts'

export type Parameters = Readonly<Record<string, string | number>>

/** Requests a list of a type. */
export const list = (stage: Stage, { endpoint }: TypeAtHand, parameters: Parameters): Promise<Answer> =>
  stage.get(`${endpoint}?${written(parameters)}`)

/** Parameters as they stand in an address. */
export const written = (parameters: Parameters): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')

/**
 * Declined as RFC 7644 §3.12 allows: the combination of attribute and operator isn't supported, or filters aren't
 * implemented. Filtering is optional, so such a response breaks nothing.
 */
export const isDeclined = ({ status, body }: Answer): boolean =>
  status === 501 || (status === 400 && at(body, 'scimType') === 'invalidFilter')

/** Skips the check where the server declines a filter; which families of filters it takes has checks of its own. */
export function needTaken(filter: string, answer: Answer): void {
  if (isDeclined(answer))
    skip(`The server declines ${filter} (${answer.status}${detailIn(answer)}), which RFC 7644 §3.12 allows.`)
}

const detailIn = ({ body }: Answer): string => {
  const detail = at(body, 'detail')
  return typeof detail === 'string' && detail !== '' ? `, ${shown(detail)}` : ''
}

const isWhole = (answer: Answer): boolean => {
  const { totalResults, nextCursor } = objectIn(answer)
  return typeof totalResults === 'number'
    ? totalResults <= resourcesIn(answer).length
    : nextCursor === undefined
}

const naming = ['userName', 'displayName', 'id']

/** Which of these a filter finds. Where it finds more than a page of others, each is asked for by its name. */
async function found(stage: Stage, type: TypeAtHand, filter: string, made: readonly Made[]) {
  const answer = await list(stage, type, { filter })
  needTaken(filter, answer)
  const ids = new Set(resourcesIn(answer).map(({ id }) => id))
  if (isWhole(answer)) return { answer, ids: made.map(({ id }) => id).filter(id => ids.has(id)) }
  const matched: string[] = []
  for (const { id, body } of made) {
    const name = naming.find(one => typeof at(body, one) === 'string') ?? 'id'
    const narrow = `${name} eq ${JSON.stringify(at(body, name))} and (${filter})`
    // Whoever else is returned for this name shows that the filter is ignored, on a page that this one may not be on.
    if (ids.has(id) || resourcesIn(await list(stage, type, { filter: narrow })).length > 0) matched.push(id)
  }
  return { answer, ids: matched }
}

/** Of what was created, a filter finds all of the first and none of the others; other matches are not looked at. */
export async function expectFound(
  stage: Stage,
  type: TypeAtHand,
  filter: string,
  wanted: readonly Made[],
  others: readonly Made[] = [],
): Promise<void> {
  const look = () => found(stage, type, filter, [...wanted, ...others])
  const isRight = (ids: readonly string[]): boolean =>
    ids.length === wanted.length && wanted.every(({ id }) => ids.includes(id))
  let seen = await look()
  if (!isRight(seen.ids))
    await stage.eventually(async () => {
      seen = await look()
      return isRight(seen.ids)
    })
  if (isRight(seen.ids)) return
  const missing = wanted.filter(({ id }) => !seen.ids.includes(id))
  const excess = others.filter(({ id }) => seen.ids.includes(id))
  fail(
    `${filter} to match ${wanted.length} of the ${wanted.length + others.length} resources created for it`,
    [
      `${seen.ids.length} of them in the response`,
      ...(missing.length > 0 ? [`missing: ${shown(missing.map(({ body }) => body))}`] : []),
      ...(excess.length > 0 ? [`should not match: ${shown(excess.map(({ body }) => body))}`] : []),
    ].join('; '),
    seen.answer,
  )
}

/** The ids of a list, in its order. */
export const idsIn = (answer: Answer): readonly string[] => resourcesIn(answer).map(({ id }) => String(id))

/** The ids of a list are these, in this order. */
export function expectOrder(answer: Answer, made: readonly Made[], what: string): void {
  const ids = idsIn(answer)
  const wanted = made.map(({ id }) => id)
  expectThat(ids.join() === wanted.join(), `${what}: ${shown(wanted)}`, ids, answer)
}

/** totalResults counts all matches: never fewer than were created, whatever the page holds. */
export function expectTotal(answer: Answer, atLeast: number): void {
  const { totalResults } = objectIn(answer)
  expectThat(
    typeof totalResults === 'number' && totalResults >= atLeast,
    `totalResults of at least ${atLeast}, for so many were created`,
    totalResults,
    answer,
  )
}

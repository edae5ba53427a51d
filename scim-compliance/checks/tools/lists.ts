import { expectThat, fail, objectIn, resourcesIn, shown, skip } from '../../expect.ts'
import type { Answer, Made, Stage, TypeAtHand } from '../../stage.ts'
import { at, textOf } from './attributes.ts'

export type Parameters = Readonly<Record<string, string | number>>

/** Asks for a list of a type. */
export const list = (stage: Stage, { endpoint }: TypeAtHand, parameters: Parameters): Promise<Answer> =>
  stage.get(`${endpoint}?${written(parameters)}`)

/** Parameters as they stand in an address. */
export const written = (parameters: Parameters): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

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
  const ids = new Set(resourcesIn(answer).map(({ id }) => id))
  if (isWhole(answer)) return { answer, ids: made.map(({ id }) => id).filter(id => ids.has(id)) }
  const matched: string[] = []
  for (const { id, body } of made) {
    const name = naming.find(one => typeof at(body, one) === 'string') ?? 'id'
    const narrow = `${name} eq ${JSON.stringify(at(body, name))} and (${filter})`
    if (ids.has(id) || resourcesIn(await list(stage, type, { filter: narrow })).some(one => one.id === id))
      matched.push(id)
  }
  return { answer, ids: matched }
}

/** Of what was made, a filter finds all of the first and none of the others; whatever else it finds isn't looked at. */
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
  const hits = wanted.length - missing.length
  const surplus = seen.ids.length - hits
  fail(
    `the ${counted(wanted.length, 'resource')} that match ${filter}`,
    [
      `${counted(wanted.length, 'resource')} match, the answer has ${hits}`,
      ...(surplus > 0 ? [`${surplus} that don’t match`] : []),
      ...(missing.length > 0 ? [`missing: ${shown(missing.map(({ body }) => body))}`] : []),
    ].join('; '),
    seen.answer,
  )
}

export type Marked = {
  readonly made: readonly Made[]
  /** Finds just them. */
  readonly filter: string
  /** The attribute that has the mark and the values. */
  readonly text: string
  readonly mark: string
}

/** Some of a type with a mark in a text of theirs, and a filter that finds just them; skips where no filter does. */
export async function marked(stage: Stage, type: TypeAtHand, values: readonly string[]): Promise<Marked> {
  if (!stage.service.offers.filter) skip('Without filters, a list of just what was made cannot be had.')
  const text = textOf(type)
  const mark = stage.unique()
  const made: Made[] = []
  for (const value of values) made.push(await stage.create(type, { [text]: `${mark} ${value}` }))
  const filter = `${text} sw "${mark} "`
  await needFound(stage, type, filter, made)
  return { made, filter, text, mark }
}

/** Skips unless the filter finds just these: that filters work is looked at elsewhere. */
export async function needFound(
  stage: Stage,
  type: TypeAtHand,
  filter: string,
  made: readonly Made[],
): Promise<void> {
  const finds = await stage.eventually(async () => {
    const answer = await list(stage, type, { filter })
    if (answer.status !== 200) skip(`${filter} is answered with ${answer.status}.`)
    const ids = resourcesIn(answer).map(({ id }) => id)
    return ids.length === made.length || made.every(({ id }) => ids.includes(id))
  })
  if (!finds) skip(`${filter} doesn't find what was made for it.`)
}

/** The ids of a list, in its order. */
export const idsIn = (answer: Answer): readonly string[] => resourcesIn(answer).map(({ id }) => String(id))

/** The ids of a list are these, in this order. */
export function expectOrder(answer: Answer, made: readonly Made[], what: string): void {
  const ids = idsIn(answer)
  const wanted = made.map(({ id }) => id)
  expectThat(ids.join() === wanted.join(), `${what}: ${shown(wanted)}`, ids, answer)
}

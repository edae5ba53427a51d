import { resourcesIn, skip } from '../../expect.ts'
import type { Made, Stage, TypeAtHand } from '../../stage.ts'
import { textOf } from './attributes.ts'
import { isDeclined, list } from './lists.ts'

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
  const text = textOf(type)
  const mark = stage.unique()
  const made: Made[] = []
  for (const value of values) made.push(await stage.create(type, { [text]: `${mark} ${value}` }))
  return { made, filter: await narrow(stage, type, made, `${text} sw "${mark} "`), text, mark }
}

const either = (name: string, values: readonly unknown[]): string =>
  values.map(value => `${name} eq ${JSON.stringify(value)}`).join(' or ')

/**
 * A filter that finds just these: of those given, or by their ids or names. Skips where the server has none, for then
 * others are in the list, too; that filters work is looked at elsewhere.
 */
export async function narrow(
  stage: Stage,
  type: TypeAtHand,
  made: readonly Made[],
  ...filters: readonly string[]
): Promise<string> {
  if (!stage.service.offers.filter)
    skip('Without filters, a list of just what was created can’t be requested.')
  const names = made.flatMap(({ body }) => body.userName ?? body.displayName ?? [])
  const all = [
    ...filters,
    either(
      'id',
      made.map(({ id }) => id),
    ),
    ...(names.length === made.length ? [either(nameOf(made), names)] : []),
  ]
  const reasons: string[] = []
  for (const filter of all) {
    const why = await whyNot(stage, type, filter, made)
    if (why === undefined) return filter
    reasons.push(why)
  }
  return skip(`No filter finds just what was created: ${reasons.join('; ')}.`)
}

const nameOf = ([first]: readonly Made[]): string =>
  first?.body.userName === undefined ? 'displayName' : 'userName'

/** Why a filter doesn't find just these; undefined where it does. Looks again while some of them are missing. */
async function whyNot(
  stage: Stage,
  type: TypeAtHand,
  filter: string,
  made: readonly Made[],
): Promise<string | undefined> {
  let why: string | undefined
  await stage.eventually(async () => {
    const answer = await list(stage, type, { filter })
    if (answer.status !== 200) {
      why = `${filter} is ${isDeclined(answer) ? 'declined' : 'answered'} with ${answer.status}`
      return true
    }
    const ids = resourcesIn(answer).map(({ id }) => id)
    const seen = made.filter(({ id }) => ids.includes(id)).length
    why =
      ids.length > seen
        ? `${filter} finds others, too`
        : seen < made.length
          ? `${filter} finds ${seen} of ${made.length}`
          : undefined
    return why === undefined || ids.length > seen
  })
  return why
}

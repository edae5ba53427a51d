import { Failure, resourcesIn, skip } from '../../expect.ts'
import type { Made, Stage, TypeAtHand } from '../../stage.ts'
import { attributeOf } from './attributes.ts'
import { list } from './lists.ts'

/** Texts by which servers may filter, the least special one first; userName last, for not every name is allowed. */
const candidates = ['title', 'nickName', 'displayName', 'externalId', 'userName']

const isWritten = (type: TypeAtHand, name: string): boolean =>
  name === 'externalId' || attributeOf(type, name)?.mutability === 'readWrite'

/** Resources with these values in a text by which the server filters, which is shown before anything is expected. */
export type SearchedBy = {
  /** The attribute. */
  readonly text: string
  /** One for each value, in their order. */
  readonly made: readonly Made[]
  /** One more, which has another value. */
  readonly other: Made
}

/**
 * Creates one for each value, and one more, and shows that `eq` finds this and none of those: what fails afterwards is
 * due to the value or operator. Skips where the server filters by no text; one check reports that.
 */
export async function searchedBy(
  stage: Stage,
  type: TypeAtHand,
  values: readonly string[],
  names: readonly string[] = candidates,
): Promise<SearchedBy> {
  const reasons: string[] = []
  for (const text of names.filter(name => isWritten(type, name))) {
    const tried = await tryText(stage, type, text, values)
    if (typeof tried !== 'string') return tried
    reasons.push(tried)
  }
  return skip(
    reasons.length === 0
      ? `${type.name} has no text that can be written and filtered by.`
      : `The server filters by no text: ${reasons.join('; ')}.`,
  )
}

async function tryText(
  stage: Stage,
  type: TypeAtHand,
  text: string,
  values: readonly string[],
): Promise<SearchedBy | string> {
  const value = stage.unique('control')
  const made: Made[] = []
  try {
    for (const one of values) made.push(await stage.create(type, { [text]: one }))
    const other = await stage.create(type, { [text]: value })
    const why = await whyNotFound(stage, type, `${text} eq ${JSON.stringify(value)}`, other, made)
    return why ?? { text, made, other }
  } catch (error) {
    if (error instanceof Failure) return `${type.name} with ${text} is refused (${error.got})`
    throw error
  }
}

/** Looks again only while it is missing: a server that finds others, too, ignores the filter. */
async function whyNotFound(
  stage: Stage,
  type: TypeAtHand,
  filter: string,
  wanted: Made,
  others: readonly Made[],
): Promise<string | undefined> {
  let why: string | undefined
  await stage.eventually(async () => {
    const answer = await list(stage, type, { filter })
    if (answer.status !== 200) {
      why = `${filter} is answered with ${answer.status}`
      return true
    }
    const ids = resourcesIn(answer).map(({ id }) => id)
    const isFound = ids.includes(wanted.id)
    const excess = others.some(({ id }) => ids.includes(id)) || ids.length > 1
    why = excess ? `${filter} finds others, too` : isFound ? undefined : `${filter} finds nothing`
    return isFound || excess
  })
  return why
}

import type { Consequence } from '../../check.ts'
import type { Exchange } from '../../client/exchange.ts'
import type { Explain } from '../../grade/verdict.ts'
import { failedAmong, outcomesFor } from '../tools/consequences.ts'
import { allLosses } from './losses.ts'

/** Failures of Entra's checks that only follow from another, and what that one comes to. */
export const entraCauses: Explain = ({ outcomes, exchanges }) => {
  const own = outcomesFor(outcomes, 'entra') ?? []
  const losses = allLosses(own, exchanges)
  const losing = new Set(losses.map(({ id }) => id))
  const cause = losses.find(({ id }) => id === 'entra/lacks/patch')
  const unserved = new Map(exchanges.map(unservedPatch).filter(found => found !== undefined))
  return new Map(
    failedAmong(own).flatMap(({ check, exchange = 0 }) => {
      const consequence =
        cause && !losing.has(check.id) ? consequenceOf(cause.effect, cause.words) : unserved.get(exchange)
      return consequence ? [[check.id, consequence] as const] : []
    }),
  )
}

/** Where the run was of a few checks, an answer alone may tell that there is no PATCH. */
function unservedPatch({ number, method, response }: Exchange): readonly [number, Consequence] | undefined {
  if (method !== 'PATCH' || !response || ![405, 501].includes(response.status)) return undefined
  const words = `Nothing that Entra changes arrives, because PATCH is answered with ${response.status}.`
  return [number, consequenceOf('data-lost', words)]
}

const consequenceOf = (effect: Consequence['effect'], words: string): Consequence => ({
  client: 'entra',
  effect,
  words,
})

import type { Consequence, Seen } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'
import type { Json } from '../json.ts'
import type { Outcome } from '../run/result.ts'

/** What a failed check leads to, by the response that shows the failure where there is one. */
export function consequenceOfFailure(
  { check, exchange }: Pick<Outcome, 'check' | 'exchange'>,
  exchanges: readonly Exchange[],
): Consequence | undefined {
  const shown = exchanges.find(({ number }) => number === exchange)
  return shown && check.foresee ? check.foresee(seenIn(shown)) : check.consequence
}

const seenIn = ({ method, response }: Exchange): Seen => ({
  method,
  status: response?.status,
  body: response && jsonIn(response.body),
})

function jsonIn(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

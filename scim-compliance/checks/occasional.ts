import type { Check, Suite } from '../check.ts'
import { Failure } from '../expect.ts'

const remedy =
  'Find the errors in the server’s log. Often they come from concurrent requests: locks, pools, time-outs.'

/** Responses with a 5xx, and lost connections, that didn't come again when the check was repeated alone: such a check is graded by its last run. */
export const occasional5xx = (id: string, suite: Suite, section: string): Check => ({
  id,
  suite,
  section,
  level: suite === 'rfc' ? 'SHOULD' : 'practice',
  description: 'Valid requests never return a 5xx.',
  source: 'RFC 7644 §3.12, table 8',
  rationale: 'Clients repeat such requests, and Entra ID quarantines a job if many fail.',
  remedy,
  blame: [{ remedy }],
  ...(suite === 'rfc' && { requirements: ['R-023'] }),
  summary: true,
  run: async context => {
    const { exchanges, of } = context.occasional5xx()
    const [first] = exchanges
    if (first === undefined) return
    const listed = exchanges.slice(0, 10).join(', ')
    throw new Failure(
      'no 5xx, and no lost connection',
      `${exchanges.length} of ${of} requests (exchanges ${listed}${exchanges.length > 10 ? ' …' : ''})`,
      first,
      '5xx',
    )
  },
})

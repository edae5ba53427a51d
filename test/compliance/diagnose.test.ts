import t from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import { diagnose } from '../../scim-compliance/grade/diagnose.ts'
import { anExchange, anOutcome } from './a-result.ts'

/** The remedy for an unexpected status. */
function remedyFor(
  method: string,
  status: number,
  of: Partial<Check> = {},
  headers?: Record<string, string>,
) {
  const { request, response, ...exchange } = anExchange(1)
  const exchanges = [
    {
      ...exchange,
      method,
      request: { ...request, ...(headers && { headers }) },
      ...(response && { response: { ...response, status } }),
    },
  ]
  const came = status < 500 ? '4xx' : '5xx'
  return diagnose(anOutcome('rfc/x/y', 'failed', { exchange: 1, came, of }), { exchanges }).remedy
}

const own = 'Do it.'

t.test(
  'a method that isn’t supported has to be supported; in the RFC, PATCH may also not be advertised',
  async t => {
    t.match(remedyFor('PATCH', 501), 'or don’t advertise it')
    t.equal(remedyFor('PATCH', 501, { suite: 'entra' }), 'Support this method here.')
    t.equal(remedyFor('POST', 405), 'Support this method here.')
    t.equal(remedyFor('GET', 501), own, 'a search with an unsupported filter')
  },
)

t.test('the token is to blame only if the request had the valid one', async t => {
  t.match(remedyFor('GET', 401), 'Accept the valid token')
  t.match(remedyFor('GET', 403), 'Grant the token')
  t.equal(remedyFor('GET', 401, { wrongCredentials: true }), own)
  t.equal(remedyFor('GET', 403, {}, {}), own)
})

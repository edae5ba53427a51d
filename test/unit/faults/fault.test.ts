import t from 'tap'
import { describeFault, type FaultEffect, type FaultMatch } from '../../../src/faults/fault.ts'
import { presets } from '../../../src/faults/presets.ts'

const failing: FaultEffect = { kind: 'status', status: 500 }

t.test('the matching requests are described', async t => {
  const matches: readonly (readonly [FaultMatch, string])[] = [
    [{}, 'every request'],
    [{ methods: ['PATCH'], type: 'User' }, 'PATCH of a User'],
    [{ methods: ['POST', 'PUT', 'PATCH'], every: 3 }, 'every 3rd POST, PUT or PATCH'],
    [{ operations: ['create', 'list'], type: 'Group' }, 'create or list of a Group'],
    [{ methods: ['POST'], operations: ['list'] }, 'POST (list)'],
    [{ type: 'User', every: 1 }, 'every request about a User'],
    [{ tenant: 'acme', text: 'moe', skip: 1 }, 'every request in acme containing "moe" after the first one'],
    [{ skip: 5, every: 2 }, 'every 2nd request after the first 5'],
    [{ skip: 0 }, 'every request'],
    ...(
      [
        [2, '2nd'],
        [4, '4th'],
        [11, '11th'],
        [13, '13th'],
        [21, '21st'],
        [112, '112th'],
      ] as const
    ).map(([every, ordinal]) => [{ every }, `every ${ordinal} request`] as const),
  ]
  for (const [match, words] of matches) t.equal(describeFault({ match, effect: failing }), `${words}: 500`)
})

t.test('the effect is described', async t => {
  const html = { kind: 'body', body: '<p>', mediaType: 'text/html; charset=utf-8' } as const
  const effects: readonly (readonly [FaultEffect, string])[] = [
    [failing, '500'],
    [{ kind: 'status', status: 429, retryAfter: 0 }, '429, Retry-After 0'],
    [{ kind: 'delay', milliseconds: 1000 }, 'delayed 1 second'],
    [{ kind: 'delay', milliseconds: 1500 }, 'delayed 1.5 seconds'],
    [{ kind: 'reset', when: 'before' }, 'connection reset, request not handled'],
    [{ kind: 'reset', when: 'after' }, 'request handled, connection reset before the response'],
    [{ kind: 'truncate' }, 'request handled, half of the response body sent'],
    [html, 'request handled, response replaced by text/html'],
    [{ ...html, status: 200 }, 'request handled, response replaced by 200 text/html'],
    [{ ...html, body: '' }, 'request handled, response replaced by empty body'],
    [{ kind: 'token-expired' }, '401, token expired'],
  ]
  for (const [effect, words] of effects) {
    t.equal(describeFault({ match: {}, effect }), `every request: ${words}`)
  }
  t.equal(describeFault({ match: {}, effect: failing, times: 1 }), 'every request: 500, once')
  t.equal(describeFault({ match: {}, effect: failing, times: 4 }), 'every request: 500, 4 times')
})

t.test('every preset has a unique id, a name and a description', async t => {
  t.equal(new Set(presets.map(({ id }) => id)).size, presets.length)
  for (const { id, name, description, fault } of presets) {
    t.match(id, /^[a-z]+(-[a-z]+)*$/)
    t.equal(fault.name, name)
    t.match(description, /^[A-Z].*\.$/, id)
  }
})

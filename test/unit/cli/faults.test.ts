import t from 'tap'
import { type FaultOptions, toFault } from '../../../src/cli/faults.ts'

const faultOf = (options: FaultOptions): unknown => JSON.parse(JSON.stringify(toFault(options)))

t.test('options become a fault', async t => {
  t.same(faultOf({ preset: 'slow' }), { preset: 'slow' })
  t.same(faultOf({ preset: 'slow', tenant: 'acme' }), { preset: 'slow', tenant: 'acme' })
  t.same(
    faultOf({
      ...{ status: 429, retryAfter: 0, detail: 'Slowly.', name: 'Trouble', times: 2, tenant: 'acme' },
      ...{ method: ['POST'], type: 'User', operation: ['create'], text: 'moe', skip: 0, every: 3 },
    }),
    {
      name: 'Trouble',
      times: 2,
      match: {
        ...{ tenant: 'acme', methods: ['POST'], type: 'User', operations: ['create'] },
        ...{ text: 'moe', skip: 0, every: 3 },
      },
      effect: { kind: 'status', status: 429, retryAfter: 0, detail: 'Slowly.' },
    },
  )
  const effects: readonly (readonly [FaultOptions, object])[] = [
    [{ status: 500 }, { kind: 'status', status: 500 }],
    [{ delay: 2000 }, { kind: 'delay', milliseconds: 2000 }],
    [{ reset: 'after' }, { kind: 'reset', when: 'after' }],
    [{ truncate: true }, { kind: 'truncate' }],
    [{ tokenExpired: true }, { kind: 'token-expired' }],
    [{ body: '' }, { kind: 'body', body: '', mediaType: 'application/scim+json' }],
    [
      { body: '<p>', mediaType: 'text/html', status: 200 },
      { kind: 'body', body: '<p>', mediaType: 'text/html', status: 200 },
    ],
  ]
  for (const [options, effect] of effects) t.same(faultOf(options), { match: {}, effect })
})

t.test('options that cannot be combined are invalid use', async t => {
  const one = /^Use exactly one of /
  const wrong: readonly (readonly [FaultOptions, RegExp])[] = [
    [{}, one],
    [{ type: 'User', times: 1 }, one],
    [{ status: 500, delay: 1000 }, one],
    [{ body: 'x', truncate: true }, one],
    [{ reset: 'before', tokenExpired: true }, one],
    [{ delay: 1000, retryAfter: 5 }, /^Use --retry-after and --detail with --status only/],
    [{ body: 'x', status: 500, detail: 'x' }, /^Use --retry-after and --detail with --status only/],
    [{ status: 500, mediaType: 'text/html' }, /^Use --media-type with --body only\.$/],
    [{ preset: 'slow', times: 1 }, /^Use --preset with no other option/],
    [{ preset: 'slow', status: 500 }, /^Use --preset with no other option/],
  ]
  for (const [options, message] of wrong) {
    t.throws(() => toFault(options), { message, exitCode: 2 }, JSON.stringify(options))
  }
})

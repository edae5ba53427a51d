import t from 'tap'
import { formatExplanation } from '../../../../src/server/cli/explain.ts'
import { type FaultOptions, toFault } from '../../../../src/server/cli/faults.ts'
import { formatTable } from '../../../../src/server/cli/table.ts'

t.test('columns are aligned by the width of characters on a terminal', async t => {
  const columns = [
    { name: 'name', of: ({ name }: { name: string }) => name },
    { name: 'status', of: () => 'active' },
  ]
  t.equal(
    formatTable(columns, [{ name: '山田太郎' }, { name: 'Zoë' }, { name: 'Zoe\u0308' }, { name: '👩‍💻' }]),
    [
      'name      status',
      '山田太郎  active',
      'Zoë       active',
      'Zoe\u0308       active',
      '👩‍💻        active',
      '',
    ].join('\n'),
  )
})

const nothing = { operations: [], resources: [], evaluations: [], findings: [], names: {} }

t.test('a request is explained by its operations, resources, evaluations and findings', async t => {
  const text = formatExplanation(
    {
      operations: [
        {
          index: 0,
          op: 'replace',
          path: 'title',
          outcome: 'changed',
          summary: 'Changed title.',
          differences: [],
        },
        {
          index: 1,
          op: 'add',
          outcome: 'no-effect',
          summary: 'No effect: the value is already set.',
          differences: [],
        },
      ],
      resources: [
        {
          type: 'Group',
          id: '1',
          label: 'Family\u001b[2J',
          revisions: { before: 1, after: 2 },
          differences: [{ path: 'title', kind: 'changed', before: 'a', after: 'b' }],
          memberships: [
            { event: 'added', group: { id: '1', display: 'Family' }, member: { id: '2' } },
            { event: 'removed', group: { id: '1', display: 'Family' }, member: { id: '3', display: 'Bart' } },
          ],
        },
        { type: 'User', id: '2', label: 'bart', revisions: { after: 1 }, differences: [], memberships: [] },
        { type: 'User', id: '3', label: 'lisa', revisions: { before: 4 }, differences: [], memberships: [] },
      ],
      names: {},
      rejection: {
        profile: 'aws',
        isTenantProfile: true,
        summary: 'AWS rejected this change: `title` is empty.',
        rule: 'aws/x',
        attributes: [{ path: 'title', kind: 'empty', pointers: [], remedy: 'Omit `title`.' }],
      },
      evaluations: [
        {
          profile: 'aws',
          isTenantProfile: false,
          accepted: false,
          status: 400,
          detail: 'No.',
          rules: [{ id: 'aws/x', description: 'X.', source: 'S', basis: 'documented', detail: 'No.' }],
        },
        { profile: 'rfc', isTenantProfile: true, accepted: true, status: 200, rules: [] },
      ],
      findings: [
        {
          id: 'client/odd',
          reason: 'It matters.',
          severity: 'note',
          title: 'Odd',
          detail: 'It is odd.',
          remedy: 'Change it.',
        },
      ],
    },
    (page, id) => page('/{page}', id),
  )
  t.equal(
    text,
    `AWS rejected this change: title is empty.
  How to fix: Omit title.
  More: /findings/aws/x

operation  op       path   outcome    summary
0          replace  title  changed    Changed title.
1          add      -      no-effect  No effect: the value is already set.

Group Family\\u001b[2J (1): revision 1 -> 2
  title: "a" -> "b"
  2 joined Family
  Bart left Family

User bart (2): created

User lisa (3): deleted at revision 4

profile            status  result    detail
aws                400     rejected  No.
                           aws/x     X.
rfc (this tenant)  200     accepted

note: Odd
  It is odd.
  Fix: Change it.
  More: /findings/client/odd
`,
  )
})

t.test('a request that changed nothing and cannot be evaluated', async t => {
  t.equal(
    formatExplanation({ ...nothing, notEvaluated: 'its tenant was deleted' }, () => undefined),
    'No resource changed.\n\nCannot compare profiles: its tenant was deleted.\n',
  )
})

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

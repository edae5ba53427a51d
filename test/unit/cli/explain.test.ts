import t from 'tap'
import { formatExplanation } from '../../../src/cli/explain.ts'

const nothing = { operations: [], resources: [], evaluations: [], findings: [] }

t.test('a request is explained by its operations, resources, evaluations and findings', async t => {
  const text = formatExplanation({
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
  })
  t.equal(
    text,
    `operation  op       path   outcome    summary
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
`,
  )
})

t.test('a request that changed nothing and cannot be evaluated', async t => {
  t.equal(
    formatExplanation({ ...nothing, notEvaluated: 'its tenant was deleted' }),
    'No resource changed.\n\nCannot compare profiles: its tenant was deleted.\n',
  )
})

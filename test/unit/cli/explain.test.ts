import t from 'tap'
import { formatExplanation } from '../../../src/cli/explain.ts'

const nothing = { operations: [], resources: [], evaluations: [], findings: [] }

t.test(
  'a request is explained by its operations, its resources, its verdicts and what was found',
  async t => {
    const text = formatExplanation({
      operations: [
        { index: 0, op: 'replace', path: 'title', outcome: 'changed', summary: 'Changed title.' },
        { index: 1, op: 'add', outcome: 'no-effect', summary: 'No effect: it was so already.' },
      ],
      resources: [
        {
          type: 'Group',
          id: '1',
          label: 'Family\u001b[2J',
          versions: { before: 1, after: 2 },
          differences: [{ path: 'title', kind: 'changed', before: 'a', after: 'b' }],
          memberships: [
            { event: 'added', group: { id: '1', display: 'Family' }, member: { id: '2' } },
            { event: 'removed', group: { id: '1', display: 'Family' }, member: { id: '3', display: 'Bart' } },
          ],
        },
        { type: 'User', id: '2', label: 'bart', versions: { after: 1 }, differences: [], memberships: [] },
        { type: 'User', id: '3', label: 'lisa', versions: { before: 4 }, differences: [], memberships: [] },
      ],
      evaluations: [
        {
          profile: 'aws',
          own: false,
          accepted: false,
          status: 400,
          detail: 'No.',
          rules: [{ id: 'aws/x', description: 'X.' }],
        },
        { profile: 'rfc', own: true, accepted: true, status: 200, rules: [] },
      ],
      findings: [{ severity: 'note', title: 'Odd', detail: 'It is odd.', remedy: 'Mend it.' }],
    })
    t.equal(
      text,
      `operation  op       path   outcome    in words
0          replace  title  changed    Changed title.
1          add      -      no-effect  No effect: it was so already.

Group Family\\u001b[2J (1): version 1 -> 2
  title: "a" -> "b"
  2 joined Family
  Bart left Family

User bart (2): created

User lisa (3): deleted at version 4

profile         status  verdict   in words
aws             400     refused   No.
                        aws/x     X.
rfc (answered)  200     accepted

note: Odd
  It is odd.
  Mend it.
`,
    )
  },
)

t.test('what changed nothing and can’t be judged is told as such', async t => {
  t.equal(
    formatExplanation({ ...nothing, notEvaluated: 'its tenant is gone' }),
    'Nothing was changed.\n\nNo profile can judge it: its tenant is gone.\n',
  )
})

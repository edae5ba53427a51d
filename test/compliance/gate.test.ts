import t from 'tap'
import type { Protected, Suite } from '../../scim-compliance/check.ts'
import { formatGrade } from '../../scim-compliance/grade/appraisal.ts'
import { safetyOf } from '../../scim-compliance/grade/gate.ts'
import { createReport } from '../../scim-compliance/reports/formats.ts'
import type { Outcome } from '../../scim-compliance/run/result.ts'
import { anExchange, anOutcome, appraised, aResult } from './a-result.ts'

const guard = (
  id: string,
  protects: Protected,
  verdict: Outcome['verdict'],
  given: Parameters<typeof anOutcome>[2] = {},
): Outcome => {
  const suite = id.split('/')[0] as Suite
  return anOutcome(id, verdict, { ...given, of: { suite, protects, ...given.of } })
}

const passing = [
  guard('rfc/patch/disables', 'disabling', 'passed'),
  guard('rfc/delete/deletes', 'deletion', 'passed'),
  guard('rfc/authentication/missing', 'authentication', 'passed'),
]
const others = (count: number, verdict: Outcome['verdict'] = 'passed', given: Partial<Outcome> = {}) =>
  Array.from({ length: count }, (_, index) => anOutcome(`rfc/other/${verdict}-${index}`, verdict, given))

t.test('a server is safe if disabling, deletion and authentication were tested and work', async t => {
  t.same(safetyOf(aResult({ outcomes: passing })), { safe: 'yes', clients: [], reasons: [], proof: [] })
})

t.test('a server is not safe if disabled users stay active, and three requests prove it', async t => {
  const failed = guard('rfc/patch/disables', 'disabling', 'failed', {
    exchanges: [1, 2, 3, 4, 5],
    exchange: 4,
  })
  const at = (path: string) => `https://scim.example.com/v2/Users${path}`
  const exchanges = [
    anExchange(1, { method: 'POST', url: at('') }),
    anExchange(2, { method: 'PATCH', url: at('/1') }),
    anExchange(3, { method: 'GET', url: at('/1') }),
    anExchange(4, { method: 'GET', url: at('/1') }),
    anExchange(5, { method: 'DELETE', url: at('/1') }),
  ]
  const { proof, ...safety } = safetyOf(aResult({ outcomes: [...passing.slice(1), failed], exchanges }))
  t.same(safety, { safe: 'no', clients: [], reasons: ['Disabled users stay active (rfc/patch/disables).'] })
  t.same(
    proof.map(({ number }) => number),
    [1, 2, 4],
    'a repeated read counts once, and requests after the failure prove nothing',
  )
})

t.test('if only requests of a client leave users active, the report names the client', async t => {
  const outcomes = [...passing, guard('entra/disable/default', 'disabling', 'failed')]
  const safety = safetyOf(aResult({ outcomes }))
  t.same([safety.safe, safety.clients], ['no', ['Microsoft Entra ID']])
  t.match(
    createReport('terminal', appraised(aResult({ outcomes }))),
    'Safe to deprovision: Not with Microsoft Entra ID\n  Disabled users stay active (entra/disable/default).\n',
  )
})

t.test('what was not tested is unknown, with the reason', async t => {
  const safety = (...outcomes: readonly Outcome[]) => {
    const { safe, reasons } = safetyOf(aResult({ outcomes }))
    return [safe, ...reasons]
  }
  t.same(safety(), ['unknown', 'Disabling, deletion and authentication were not tested.'])
  const blocked = { follows: 'rfc/patch/works', reason: 'Follows from rfc/patch/works.' }
  t.same(
    safety(
      guard('rfc/patch/disables', 'disabling', 'skipped', blocked),
      guard('rfc/delete/deletes', 'deletion', 'skipped', { reason: 'The check writes.' }),
      guard('rfc/authentication/missing', 'authentication', 'passed'),
    ),
    [
      'unknown',
      'Disabling was not tested, because rfc/patch/works fails.',
      'Deletion was not tested: The check writes.',
    ],
  )
  t.same(
    safety(...passing, guard('entra/disable/default', 'disabling', 'skipped', { reason: 'No PATCH.' })),
    ['unknown', 'Disabling was not tested: No PATCH.'],
    'a pass in one suite proves nothing about the requests of another',
  )
  const ofGroups = guard('okta/groups/deleted', 'deletion', 'skipped', { lacks: 'groups' })
  t.same(safety(...passing, ofGroups), ['yes'], 'without groups, none can remain')
})

t.test(
  'a failure that leaves access open, or users locked out, limits the grade to D and fails the run',
  async t => {
    for (const protects of ['disabling', 'enabling', 'deletion', 'authentication'] as const) {
      const outcomes = [
        ...passing,
        ...others(300),
        guard('rfc/x/guards', protects, 'failed', { of: { level: 'practice' } }),
      ]
      const appraisal = appraised(aResult({ outcomes }))
      t.same([formatGrade(appraisal), appraisal.decision.exitCode], ['D, 99%', 1], protects)
      t.equal(appraisal.safety.safe, protects === 'enabling' ? 'yes' : 'no')
      t.match(createReport('badge', appraisal), /-red\)/, 'the badge is red while the exit code is 1')
      const never = appraised(aResult({ outcomes }), { threshold: { failOn: 'never' } })
      t.same([never.decision.exitCode, never.score.letter], [0, 'D'])
    }
  },
)

t.test('a harmless kind of failure limits nothing', async t => {
  const blame = [{ on: '2xx', harmless: true }] as const
  const outcomes = [
    ...passing,
    ...others(300),
    guard('rfc/delete/answers-204', 'deletion', 'failed', { came: '2xx', of: { level: 'SHOULD', blame } }),
  ]
  const appraisal = appraised(aResult({ outcomes }))
  t.same([appraisal.safety.safe, formatGrade(appraisal), appraisal.decision.exitCode], ['yes', 'A, 99%', 0])
  const refused = guard('entra/probe/wrong-token', 'authentication', 'failed', {
    of: { blame: [{ harmless: true }] },
  })
  t.same(safetyOf(aResult({ outcomes: [...passing, refused] })).reasons, [], 'and the subject was tested')
})

t.test('a lost connection proves nothing', async t => {
  const lost = guard('rfc/patch/disables', 'disabling', 'failed', { came: 'nothing' })
  const appraisal = appraised(aResult({ outcomes: [...passing.slice(1), ...others(300), lost] }))
  t.same(
    [appraisal.safety.safe, ...appraisal.safety.reasons],
    ['unknown', 'Disabling was not tested: A request got no response.'],
  )
  t.equal(formatGrade(appraisal), 'B, 99%')
})

t.test('a suite most of which follows from a failure is not graded, and the exit code is 2', async t => {
  const cause = anOutcome('rfc/patch/works', 'failed')
  const run = (tested: number, blocked: number) =>
    appraised(
      aResult({
        outcomes: [
          cause,
          ...others(tested - 1),
          ...others(blocked, 'skipped', { follows: 'rfc/patch/works' }),
        ],
      }),
      { threshold: { failOn: 'must', minScore: 50 } },
    )
  t.same([formatGrade(run(5, 5)), run(5, 5).decision.exitCode], ['C, 80%', 1])
  const { score, decision, ...rest } = run(5, 6)
  t.equal(formatGrade({ score, ...rest }), 'not graded')
  t.same([score.letter, score.percent], [undefined, undefined])
  t.same(decision, {
    exitCode: 2,
    reasons: [
      'rfc is not graded: 6 of 11 checks can’t be tested, most of them because of rfc/patch/works.',
      'Checks fail: 1 rfc MUST.',
    ],
    percent: undefined,
  })
  t.match(createReport('badge', { score, decision, ...rest }), /not_graded-lightgrey/)
})

t.test('a suite most of which the token may not test is not graded', async t => {
  const outcomes = [...others(5), ...others(6, 'skipped', { lacks: 'permission' })]
  const { score, decision } = appraised(aResult({ outcomes }))
  t.same([score.letter, decision.exitCode], [undefined, 2])
  t.same(decision.reasons, ['rfc is not graded: 6 of 11 checks can’t be tested.'])
})

t.test('a suite that does not count may be ungraded without changing the exit code', async t => {
  const entra = { of: { suite: 'entra' } } as const
  const outcomes = [
    ...passing,
    anOutcome('entra/a/fails', 'failed', entra),
    ...['b', 'c'].map(name =>
      anOutcome(`entra/a/${name}`, 'skipped', { ...entra, follows: 'entra/a/fails' }),
    ),
  ]
  const appraisal = appraised(aResult({ outcomes }), { threshold: { failOn: 'must', suites: ['rfc'] } })
  t.same([formatGrade(appraisal), appraisal.decision.exitCode], ['rfc A, 100%; entra not graded', 0])
  t.match(createReport('terminal', appraisal), '- entra is not graded: 2 of 3 checks can’t be tested')
})

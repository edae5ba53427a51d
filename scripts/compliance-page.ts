import type { Check, Suite } from '../scim-compliance/check.ts'
import { type Appraisal, formatGrade } from '../scim-compliance/grade/appraisal.ts'
import type { KnownFailure } from '../scim-compliance/grade/comparison.ts'
import { scoreOf } from '../scim-compliance/grade/score.ts'
import { verdictNames } from '../scim-compliance/grade/verdict.ts'
import { firstScreen } from '../scim-compliance/reports/first-screen.ts'
import type { Outcome } from '../scim-compliance/run/result.ts'
import type { Graded as GradedPeer, GradedPeers } from '../test/compliance/peers/graded.ts'
import type { gradings } from '../test/compliance/peers/index.ts'
import { table } from './markdown-table.ts'

/** A server graded by all suites. */
export type Graded = {
  readonly name: string
  readonly appraisal: Appraisal
  /** The suite of a Scimulator profile; absent for third-party servers. */
  readonly own?: Suite
}

const suites: readonly Suite[] = ['rfc', 'aws', 'entra', 'okta']
const levels = ['MUST', 'SHOULD', 'MAY', 'practice'] as const

const sectionsOf = (checks: readonly Check[], suite: Suite): readonly string[] => [
  ...new Set(checks.filter(check => check.suite === suite).map(({ section }) => section)),
]

/** The number of checks by suite and section. */
export const checksTable = (checks: readonly Check[]): string =>
  table(
    ['suite', 'section', 'checks', ...levels],
    [
      ...suites.flatMap(suite =>
        sectionsOf(checks, suite).map(section =>
          counted(
            suite,
            section,
            checks.filter(check => check.suite === suite && check.section === section),
          ),
        ),
      ),
      counted(
        'all',
        '',
        checks.filter(({ suite }) => suites.includes(suite)),
      ),
    ],
  )

const counted = (suite: string, section: string, checks: readonly Check[]): readonly string[] => [
  suite,
  section,
  `${checks.length}`,
  ...levels.map(level => `${checks.filter(check => check.level === level).length || ''}`),
]

/** The sentence about mutants: all of them are detected. */
export const mutantsSentence = (mutants: number): string =>
  `In \`test/compliance/mutants\` there are ${mutants} servers with one error each, from a lost member to a wrong status. The checks that
each is named for fail on it, and pass on the correct server.`

function tallied({ appraisal }: Graded, suite: Suite, section: string): string {
  const found = appraisal.score.bySection.find(one => one.suite === suite && one.section === section)
  if (found === undefined) return ''
  const { percent, passed, failed, skipped } = found.tally
  return percent === undefined ? `${skipped} skipped` : `${percent}%: ${passed} / ${failed} / ${skipped}`
}

const outcomesOf = ({ appraisal }: Graded, suite: Suite): readonly Outcome[] =>
  appraisal.result.outcomes.filter(({ check }) => check.suite === suite)

const suiteCell = (graded: Graded, suite: Suite): string => {
  const { result } = graded.appraisal
  const score = scoreOf({ ...result, outcomes: outcomesOf(graded, suite) })
  return `${formatGrade({ score, result })}: ${score.passed} / ${score.failed} / ${score.skipped}`
}

const verdictsOf = ({ name, appraisal }: Graded): readonly string[] =>
  appraisal.verdicts.map(({ client, summary }) => `- ${name}, ${verdictNames[client]}: ${summary}`)

const ownFailures = (graded: readonly Graded[], known: readonly KnownFailure[]): string =>
  table(
    ['server', 'check', 'level', 'reason'],
    graded.flatMap(one =>
      (one.own ? outcomesOf(one, one.own) : [])
        .filter(({ verdict }) => verdict === 'failed')
        .map(({ check }) => [
          one.name,
          `\`${check.id}\``,
          check.level,
          known.find(({ id }) => id === check.id)?.reason ?? 'not known',
        ]),
    ),
  )

const code = (id: string): string => `\`${id}\``

/** The ID of a check, with the number of failures that follow from it. */
const withFollowers = ({ follows }: GradedPeer, id: string): string => {
  const { length } = Object.values(follows).filter(cause => cause === id)
  return length === 0
    ? code(id)
    : `${code(id)} (and ${length > 10 ? 'about ' : ''}${length} that ${length === 1 ? 'follows' : 'follow'} from it)`
}

/** Servers with one deviation each, and the checks that fail on them; all others pass or are skipped. */
export const peersTable = (peers: typeof gradings, graded: GradedPeers): string =>
  table(
    ['deviation', 'suite', 'failures'],
    peers.flatMap(({ peer, suites }) =>
      suites.map(suite => {
        const of = graded[peer.id]?.[suite]
        return [
          peer.description,
          suite,
          of?.failed.map(check => withFollowers(of, check)).join(', ') || 'none',
        ]
      }),
    ),
  )

/** Failures of a third-party server, each with the sentence that it violates, or with the requirement and its source. */
const thirdPartyFailures = (name: string, failures: readonly Outcome[]): string =>
  table(
    ['server', 'check', 'level', 'requirement'],
    failures.map(({ check }) => [
      name,
      code(check.id),
      check.level,
      check.sentence
        ? `${check.sentence.section}: “${check.sentence.text.replace(/\s+/g, ' ').replaceAll('|', '\\|')}”`
        : `${check.description} (${check.source})`,
    ]),
  )

const thirdPartySections = (graded: readonly Graded[], clientFailures: readonly Outcome[]): string =>
  graded
    .filter(({ own }) => own === undefined)
    .flatMap(one =>
      suites.map(suite => {
        const failures =
          suite === 'rfc'
            ? outcomesOf(one, suite).filter(({ verdict }) => verdict === 'failed')
            : clientFailures.filter(({ check }) => check.suite === suite)
        return `\n### ${one.name} in \`${suite}\`\n\n${thirdPartyFailures(one.name, failures)}\n`
      }),
    )
    .join('')

/** docs/compliance.md. */
export const compliancePage = (
  graded: readonly Graded[],
  checks: readonly Check[],
  known: readonly KnownFailure[],
  mutants: number,
  peers: typeof gradings,
  gradedPeers: GradedPeers,
  clientFailures: readonly Outcome[],
): string => `# Compliance

The results of [scim-compliance](../scim-compliance/README.md) for Scimulator's profiles \`aws\`, \`entra\` and \`rfc\`, and for a
third-party server: SCIMMY with its Express routers over two maps, as in its README. [Interoperability](interoperability.md) has those of the
profile \`interop\` and of the drafts. \`npm run compliance-docs\` runs the servers and all checks, and generates this page: change the
code, not this page.

The suite \`aws\` checks whether a server behaves like AWS IAM Identity Center, the suites \`entra\` and \`okta\` whether it supports
the provisioning of Entra ID or Okta. The \`rfc\` profile does not imitate AWS, and AWS deviates from the RFCs in many places. Only a profile's score in
its own suite measures its quality; the other scores show how much the profiles differ.

## Scores

Grade and score, as the suite's README explains, and the numbers of checks that passed / failed / were skipped because the
server does not support the feature.

${table(
  ['server', ...suites, 'safe to deprovision'],
  graded.map(one => [
    one.name,
    ...suites.map(suite => suiteCell(one, suite)),
    firstScreen(one.appraisal).safety.answer,
  ]),
)}

## Results for clients

${graded.flatMap(verdictsOf).join('\n')}

## Failures of the profiles in their own suites

${ownFailures(graded, known)}

## Failures of a third-party server

Each failure with the sentence of the RFC that it violates, or with the requirement of the check and its source. Failures that
follow from another are omitted. For \`aws\`, \`entra\` and \`okta\`, each suite runs on a new server, one check at a time, and the load checks are
omitted. The results of some checks depend on other data on the server, so the scores above, from one run of all suites, may
differ by a few failures.
${thirdPartySections(graded, clientFailures)}
## Servers with one deviation

The servers in \`test/compliance/peers\` are correct except for one deviation that real servers have. The table lists all checks
that fail on them; a test verifies that there are no others. For the suite \`rfc\`, the deviations are applied to the \`rfc\`
profile, whose own failure (see above) is included; for \`entra\`, to the \`entra\` profile, without the load checks, which depend on
the machine. Deviations that concern only requests of Entra ID are graded by \`entra\` alone.

${peersTable(peers, gradedPeers)}

## Scores by section

Score, then passed / failed / skipped.
${suites
  .map(
    suite => `
### ${suite}

${table(
  ['section', ...graded.map(({ name }) => name)],
  sectionsOf(checks, suite).map(section => [section, ...graded.map(one => tallied(one, suite, section))]),
)}
`,
  )
  .join('')}
## Checks

${checksTable(checks)}

## Mutants

${mutantsSentence(mutants)}
`

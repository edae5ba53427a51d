import type { Check, Suite } from '../scim-compliance/check.ts'
import { type Appraisal, formatGrade } from '../scim-compliance/grade/appraisal.ts'
import type { KnownFailure } from '../scim-compliance/grade/comparison.ts'
import { scoreOf, type Tally } from '../scim-compliance/grade/score.ts'
import { clientNames } from '../scim-compliance/grade/verdict.ts'
import type { Outcome } from '../scim-compliance/run/result.ts'
import type { Graded as GradedPeer, GradedPeers } from '../test/compliance/peers/graded.ts'
import type { gradings } from '../test/compliance/peers/index.ts'
import { table } from './markdown-table.ts'

/** A server graded by all suites. */
export type Graded = {
  readonly name: string
  readonly appraisal: Appraisal
  /** The suite that it is intended for; none for other servers. */
  readonly own?: Suite
}

const suites: readonly Suite[] = ['rfc', 'aws', 'entra']
const levels = ['MUST', 'SHOULD', 'MAY', 'practice'] as const

const sectionsOf = (checks: readonly Check[], suite: Suite): readonly string[] => [
  ...new Set(checks.filter(check => check.suite === suite).map(({ section }) => section)),
]

/** The number of checks, by suite and section. */
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
      counted('all', '', checks),
    ],
  )

const counted = (suite: string, section: string, checks: readonly Check[]): readonly string[] => [
  suite,
  section,
  `${checks.length}`,
  ...levels.map(level => `${checks.filter(check => check.level === level).length || ''}`),
]

/** Reports that all mutants are detected. */
export const mutantsSentence = (mutants: number): string =>
  `\`test/compliance/mutants\` contains ${mutants} servers with one fault each, from a lost member to a wrong status. The checks named
with each fault fail on this server, and pass on the same server without the fault.`

const tallied = ({ percent, passed, failed, skipped }: Tally): string =>
  percent === undefined ? `${skipped} skipped` : `${percent} %: ${passed} / ${failed} / ${skipped}`

const outcomesOf = ({ appraisal }: Graded, suite: Suite, section?: string): readonly Outcome[] =>
  appraisal.result.outcomes.filter(
    ({ check }) => check.suite === suite && (section === undefined || check.section === section),
  )

const suiteCell = (graded: Graded, suite: Suite): string => {
  const score = scoreOf(outcomesOf(graded, suite))
  return `${formatGrade({ score, result: graded.appraisal.result })}: ${score.passed} / ${score.failed} / ${score.skipped}`
}

const verdictsOf = ({ name, appraisal }: Graded): readonly string[] =>
  appraisal.verdicts.map(({ client, summary }) => `- ${name}, ${clientNames[client]}: ${summary}`)

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

/** The ID of a check, and how many failures follow from it. */
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

/** Failures of another server, each with the sentence that it violates, or with the requirement of the check and its source. */
const foreignFailures = (name: string, failures: readonly Outcome[]): string =>
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

const foreignSections = (graded: readonly Graded[], clientFailures: readonly Outcome[]): string =>
  graded
    .filter(({ own }) => own === undefined)
    .flatMap(one =>
      suites.map(suite => {
        const failures =
          suite === 'rfc'
            ? outcomesOf(one, suite).filter(({ verdict }) => verdict === 'failed')
            : clientFailures.filter(({ check }) => check.suite === suite)
        return `\n### ${one.name} in \`${suite}\`\n\n${foreignFailures(one.name, failures)}\n`
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

Results of [scim-compliance](../scim-compliance/README.md), the suite in this repository, for Scimulator's three profiles and
for another server: SCIMMY with its Express routers, over two maps as in its README. Generated by
\`npm run compliance-docs\`, which runs the servers and all checks; change the code, not this page.

The suites \`aws\` and \`entra\` check whether a server behaves like AWS IAM Identity Center, and whether it meets the needs of
Entra ID's provisioning. The \`rfc\` profile does not emulate AWS, and AWS violates the RFCs in many places: the quality of a
profile shows only in its own suite. The other figures show how much the three differ.

## Scores

The grade and the score in percent, which the suite's README explains, then the number of checks that passed, failed and were
skipped because the server does not support the feature.

${table(
  ['server', ...suites],
  graded.map(one => [one.name, ...suites.map(suite => suiteCell(one, suite))]),
)}

## Verdicts for clients

${graded.flatMap(verdictsOf).join('\n')}

## Failures of the profiles in their own suites

${ownFailures(graded, known)}

## Failures of another server

Each failure with the sentence of the RFC on which the check is based; otherwise with the requirement of the check and its
source. Failures that follow from another are omitted. \`aws\` and \`entra\` are run here one check at a time, each on a
separate server and without the load checks: some results depend on other data on the server, so the
scores above, of all suites together, may differ by a few failures.
${foreignSections(graded, clientFailures)}
## Servers with one deviation

The servers in \`test/compliance/peers\` are correct except for one deviation that occurs in practice. The table lists all checks that
fail on them; a test verifies that there are no others. The suite \`rfc\` is run on the \`rfc\` profile with the deviation, whose own
failure above is included, and \`entra\` on the \`entra\` profile, without the load checks, which depend on the machine.
Deviations that concern only Entra ID's requests are graded by \`entra\` only.

${peersTable(peers, gradedPeers)}

## By section

Score, then passed / failed / skipped.
${suites
  .map(
    suite => `
### ${suite}

${table(
  ['section', ...graded.map(({ name }) => name)],
  sectionsOf(checks, suite).map(section => [
    section,
    ...graded.map(one => tallied(scoreOf(outcomesOf(one, suite, section)))),
  ]),
)}
`,
  )
  .join('')}
## The checks

${checksTable(checks)}

## Detection of faults

${mutantsSentence(mutants)}
`

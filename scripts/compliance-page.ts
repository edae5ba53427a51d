import type { Check, Suite } from '../scim-compliance/check.ts'
import { type Appraisal, formatGrade } from '../scim-compliance/grade/appraisal.ts'
import type { KnownFailure } from '../scim-compliance/grade/comparison.ts'
import { scoreOf, type Tally } from '../scim-compliance/grade/score.ts'
import { clientNames } from '../scim-compliance/grade/verdict.ts'
import type { Outcome } from '../scim-compliance/run/result.ts'
import type { GradedPeers } from '../test/compliance/peers/graded.ts'
import type { Peer } from '../test/compliance/peers/peer.ts'
import { table } from './markdown-table.ts'

/** A server with its results in all suites. */
export type Graded = {
  readonly name: string
  readonly appraisal: Appraisal
  /** The suite of its profile; absent for another vendor's server. */
  readonly own?: Suite
}

const suites: readonly Suite[] = ['rfc', 'aws', 'entra']
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
      counted('all', '', checks),
    ],
  )

const counted = (suite: string, section: string, checks: readonly Check[]): readonly string[] => [
  suite,
  section,
  `${checks.length}`,
  ...levels.map(level => `${checks.filter(check => check.level === level).length || ''}`),
]

/** States that all mutants are detected. */
export const mutantsSentence = (mutants: number): string =>
  `In \`test/compliance/mutants\` there are ${mutants} servers that are broken in one way each, from a member that is lost to a
wrong status. Each is caught by the checks that it is named for, which pass on the server before it is broken.`

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
  appraisal.verdicts.map(({ client, words }) => `- ${name}, ${clientNames[client]}: ${words}`)

const ownFailures = (graded: readonly Graded[], known: readonly KnownFailure[]): string =>
  table(
    ['server', 'check', 'level', 'why'],
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

/** The level of a check, in brackets after its ID. */
const withFollowers = ({ follows }: GradedPeers[string]['rfc'], id: string): string => {
  const { length } = Object.values(follows).filter(cause => cause === id)
  return length === 0
    ? code(id)
    : `${code(id)} (and ${length > 10 ? 'about ' : ''}${length} that ${length === 1 ? 'follows' : 'follow'} from it)`
}

/** Servers with one habit each, and the checks that fail on them; all others pass or are skipped. */
export const peersTable = (peers: readonly Peer[], graded: GradedPeers): string =>
  table(
    ['habit', 'suite', 'failures'],
    peers.flatMap(({ id, says }) =>
      (['rfc', 'entra'] as const).map(suite => {
        const of = graded[id]?.[suite]
        return [says, suite, of?.failed.map(check => withFollowers(of, check)).join(', ') || 'none']
      }),
    ),
  )

/** Failures of another vendor's server, each with the sentence that it violates. */
const foreignFailures = (graded: readonly Graded[]): string =>
  table(
    ['server', 'check', 'level', 'what is broken'],
    graded
      .filter(({ own }) => own === undefined)
      .flatMap(one =>
        outcomesOf(one, 'rfc')
          .filter(({ verdict }) => verdict === 'failed')
          .map(({ check }) => [
            one.name,
            code(check.id),
            check.level,
            check.sentence
              ? `${check.sentence.section}: “${check.sentence.text.replace(/\s+/g, ' ').replaceAll('|', '\\|')}”`
              : `${check.says} (${check.source})`,
          ]),
      ),
  )

/** docs/compliance.md. */
export const compliancePage = (
  graded: readonly Graded[],
  checks: readonly Check[],
  known: readonly KnownFailure[],
  mutants: number,
  peers: readonly Peer[],
  gradedPeers: GradedPeers,
): string => `# Compliance

What [scim-compliance](../scim-compliance/README.md), the suite in this repository, says of Scimulator's three profiles,
and of a server that isn't ours: SCIMMY with its Express routers, over two maps as its README has it. It is made by
\`npm run compliance-docs\`, which runs the servers and all checks; change the code, not this.

The suites \`aws\` and \`entra\` ask whether a server is what AWS IAM Identity Center is, and what Entra ID's provisioning
needs. The \`rfc\` profile isn't to be AWS, and AWS breaks the RFCs in many places: only the figures of a profile on its own
suite say how good it is. The others say how far these three are apart.

## Scores

The score in percent and the grade as the suite's README explains them, then how many checks passed, failed and were
skipped because the server doesn't offer what they are about.

${table(
  ['server', ...suites],
  graded.map(one => [one.name, ...suites.map(suite => suiteCell(one, suite))]),
)}

## What clients come to

${graded.flatMap(verdictsOf).join('\n')}

## What the profiles fail in their own suites

${ownFailures(graded, known)}

## What a server that isn't ours breaks

Failures of the suite \`rfc\`, with the sentence of the RFC where a check rests on one.

${foreignFailures(graded)}

## Servers with one habit

The servers in \`test/compliance/peers\` are right in all but one thing that is met in the field. These are all checks that
fail on them; a test holds that there are no others. The suite \`rfc\` is run on them in front of the \`rfc\` profile, whose own
failure above is among them, and \`entra\` in front of the \`entra\` profile, without its checks about load, which depend on the machine.

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

## Whether the suite notices

${mutantsSentence(mutants)}
`

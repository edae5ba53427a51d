import { joinWords } from '../../grade/join-words.ts'
import type { AssuranceLevel, EvaluateClient, OpenPoint } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'
import { ipsieChecks } from './catalog.ts'

/** Requirements of the draft on the server that no request shows. */
const vendor: readonly OpenPoint[] = [
  {
    level: 'all',
    section: '4.1',
    text: 'Do access tokens expire, and grant nothing but SCIM? Are nonces validated (§8)?',
  },
  {
    level: 'all',
    section: '4.2',
    text: 'Are local changes of provisioned users and groups prevented?',
  },
  {
    level: 'AL1',
    section: '5.1',
    text: 'Does a deactivation end sessions, API tokens, refresh tokens, personal access tokens and SSH keys within five minutes?',
  },
  {
    level: 'AL2',
    section: '6',
    text: 'Are local accounts prevented, and can groups be mapped to roles of the application?',
  },
  {
    level: 'all',
    section: '8',
    text: 'Is every creation, change and deletion logged for audits?',
  },
]

/** Where the draft contradicts itself or its sources, so that nothing is counted. */
const contradictions: readonly OpenPoint[] = [
  {
    level: 'all',
    section: '4.1',
    text: 'AL-A02: clients authenticate with a JWT as in RFC 7523 §2.2, which sends it in the body; the draft forbids credentials in the body, and demands HTTP Basic. The suite follows RFC 7523.',
  },
  {
    level: 'all',
    section: '4.3',
    text: 'AL-A06: the draft names RFC 7643 §3.7 for bulk requests, which is RFC 7644 §3.7.',
  },
  {
    level: 'AL1',
    section: '5.2',
    text: 'AL-102: DELETE of users is optional here, and required in §10. The suite follows §5.2.',
  },
  {
    level: 'AL1',
    section: '5.4',
    text: 'AL-104, and AL-205 in §6.2.5: servers support value paths in filters, and the Interoperability Profile lets clients use only eq and and (its §6.3), without a word on value paths.',
  },
  {
    level: 'AL2',
    section: '6.2.6',
    text: 'AL-206: the Interoperability Profile forbids paths that end with a value filter (its §6.5.2), by which RFC 7644 §3.5.2.2 removes a member. The suite accepts this form, or a remove with the path members and a value.',
  },
]

type Level = 'AL1' | 'AL2'

/** The checks of a level and of those below it whose failure violates a requirement. */
const bindingChecks = (level: Level) =>
  ipsieChecks.filter(
    ({ level: how, draft }) => how === 'MUST' && (level === 'AL2' || draft?.assurance !== 'AL2'),
  )

const rulesOf = (checks: readonly Outcome['check'][]): readonly string[] => [
  ...new Set(checks.flatMap(({ draft }) => draft?.rule ?? []).toSorted()),
]

/** Groups and deletions are optional. */
const isOptional = ({ lacks }: Outcome): boolean => lacks === 'groups' || lacks === 'operation'

function assuranceOf(level: Level, own: readonly Outcome[]): AssuranceLevel {
  const byId = new Map(own.map(outcome => [outcome.check.id, outcome]))
  const binding = bindingChecks(level)
  const failed = binding.filter(({ id }) => byId.get(id)?.verdict === 'failed')
  const unseen = binding.filter(({ id }) => {
    const outcome = byId.get(id)
    return (
      outcome === undefined ||
      ((outcome.verdict === 'skipped' || outcome.verdict === 'broken') && !isOptional(outcome))
    )
  })
  // Without the option, the rest of the level is graded.
  const essential = unseen.filter(({ id }) => byId.get(id)?.lacks !== 'option')
  return {
    level,
    verdict: failed.length > 0 ? 'fail' : essential.length > 0 ? 'unknown' : 'pass',
    failed: rulesOf(failed),
    unchecked: rulesOf(unseen),
  }
}

export const ipsieVerdict: EvaluateClient = ({ outcomes }) => {
  const own = outcomes.filter(({ check }) => check.suite === 'ipsie')
  if (own.length === 0) return undefined
  const [first, second] = [assuranceOf('AL1', own), assuranceOf('AL2', own)]
  const failed = own.filter(({ verdict }) => verdict === 'failed')
  return {
    client: 'ipsie',
    works: worksBy(first, second),
    summary: summary(first, second),
    because: failed.map(
      ({ check: { draft, level, description }, expected, got }) =>
        `${draft?.rule} (${level}, ${draft?.assurance === 'all' ? 'all levels' : draft?.assurance}, §${draft?.section}): ${description} Expected ${expected}, got ${got}.`,
    ),
    terms: ['AL1: deprovisioning of users. AL2: users and groups. AL3, roles, is not defined yet.'],
    levels: [first, second, { level: 'AL3', verdict: 'not defined', failed: [], unchecked: [] }],
    vendor,
    contradictions,
  }
}

function worksBy(first: AssuranceLevel, second: AssuranceLevel): 'yes' | 'partly' | 'no' | 'unknown' {
  if (first.verdict === 'fail') return 'no'
  if (first.verdict === 'unknown' || second.verdict === 'unknown') return 'unknown'
  return second.verdict === 'pass' ? 'yes' : 'partly'
}

function summary(first: AssuranceLevel, second: AssuranceLevel): string {
  const { unchecked } = second
  const more = second.failed.filter(rule => !first.failed.includes(rule))
  const levels =
    first.verdict === 'fail'
      ? `AL1 and AL2 fail: ${joinWords(first.failed)}${more.length > 0 ? `; AL2 also ${joinWords(more)}` : ''}.`
      : `${inWords(first)}; ${inWords(second)}.`
  return [
    levels,
    ...(unchecked.length > 0 ? [`Not checked: ${namesOf(unchecked)}.`] : []),
    `Ask the vendor about ${vendor.length} more requirements.`,
  ].join(' ')
}

const maxNamed = 5

const namesOf = (rules: readonly string[]): string =>
  rules.length > maxNamed ? `${rules.length} rules` : joinWords(rules)

const inWords = ({ level, verdict, failed }: AssuranceLevel): string =>
  verdict === 'fail'
    ? `${level} fails: ${joinWords(failed)}`
    : verdict === 'pass'
      ? `${level} passes`
      : `${level} is unknown`

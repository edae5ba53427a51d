import { type Appraisal, diagnosisOf, followersOf, knownReason } from '../grade/appraisal.ts'
import { levelInSuite, levels, type Tally } from '../grade/score.ts'
import type { AssuranceLevel, ClientVerdict, OpenPoint } from '../grade/verdict.ts'
import type { LeftBehind, Outcome, Result } from '../run/result.ts'
import { countOf, quoteSentence } from './text.ts'

const percentText = (percent: number | undefined): string => (percent === undefined ? '-' : `${percent}%`)

const head = ['passed', 'failed', 'skipped', 'score'] as const
const cells = ({ passed, failed, skipped, percent }: Tally) =>
  [passed, failed, skipped, percentText(percent)] as const

export type Row = readonly (string | number)[]

/** The results of each section and in total; the first row contains the headings. */
export const sectionRows = ({ score }: Appraisal): readonly Row[] => [
  ['section', ...head],
  ...score.bySection.map(({ suite, section, tally }) => [`${suite}: ${section}`, ...cells(tally)]),
  // Requirements of RFCs and clients differ: a server may conform to the RFCs and be of no use to clients.
  ...(score.bySuite.length > 1
    ? score.bySuite.map(({ suite, tally }) => [`all of ${suite}`, ...cells(tally)] as const)
    : [['all', ...cells(score)] as const]),
]

export const levelRows = ({ score }: Appraisal): readonly Row[] => [
  ['level', ...head],
  ...score.bySuite.flatMap(({ suite, byLevel }) =>
    byLevel.map(({ level, tally }) => [levelInSuite({ suite, level }), ...cells(tally)]),
  ),
]

/** The most severe first. */
export const failuresOf = ({ result }: Appraisal): readonly Outcome[] =>
  levels.flatMap(level =>
    result.outcomes.filter(({ verdict, check }) => verdict === 'failed' && check.level === level),
  )

/** What a report says of a check and its outcome, below its ID, level and description. */
export function factsOf(
  appraisal: Appraisal,
  outcome: Outcome,
): readonly (readonly [name: string, text: string])[] {
  const { check, verdict, expected, got, reason } = outcome
  const { impact, remedy, consequence } = diagnosisOf(appraisal, outcome)
  const followers = followersOf(appraisal, outcome).map(({ check }) => check.id)
  const failed = verdict === 'failed'
  const also =
    followers.length > 0
      ? `${countOf(followers.length, 'check')} with the same cause: ${followers.join(', ')}`
      : undefined
  const facts: readonly (readonly [name: string, text: string | undefined])[] = [
    ['RFC', check.sentence && quoteSentence(check.sentence)],
    ['expected', expected],
    ['actual', got],
    ['reason', reason],
    ['impact', impact],
    [consequence?.client ?? '', failed ? consequence?.summary : undefined],
    ['fix', failed ? remedy : undefined],
    ['also', also],
    ['known', knownReason(appraisal, outcome)],
  ]
  return facts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))
}

/** What a verdict contains besides its reasons. */
export const verdictNotes = ({
  levels = [],
  vendor = [],
  contradictions = [],
}: ClientVerdict): readonly Note[] =>
  [
    { heading: 'Levels', lines: levels.map(levelLine) },
    { heading: 'Ask the vendor', lines: vendor.map(pointLine) },
    { heading: 'Open in the draft', lines: contradictions.map(pointLine) },
  ].filter(({ lines }) => lines.length > 0)

const levelLine = ({ level, verdict, failed, unchecked }: AssuranceLevel): string =>
  [
    `${level}: ${verdict}`,
    ...(failed.length > 0 ? [`failed: ${failed.join(', ')}`] : []),
    ...(unchecked.length > 0 ? [`not checked: ${unchecked.join(', ')}`] : []),
  ].join('; ')

const pointLine = ({ level, section, text }: OpenPoint): string =>
  `§${section}, ${level === 'all' ? 'all levels' : level}: ${text}`

const scoreChange = (then: number | undefined, now: number | undefined): string =>
  `The score was ${percentText(then)} and is now ${percentText(now)}.`

type Note = { readonly heading: string; readonly lines: readonly string[] }

export function notesOf(appraisal: Appraisal): readonly Note[] {
  const { known, changes, result, score, decision, baseline } = appraisal
  const outcomeOf = (id: string) => result.outcomes.find(({ check }) => check.id === id)
  const named = (id: string) =>
    `${id}: ${outcomeOf(id)?.check.description ?? baseline?.verdicts.get(id)?.description ?? ''}`
  const verdictOf = (id: string) => outcomeOf(id)?.verdict ?? 'not run'
  // A new version of this tool contains many, most of which pass.
  const newChecks = (ids: readonly string[]) => {
    const failed = ids.filter(id => verdictOf(id) === 'failed')
    const others = ids.length - failed.length
    return [...failed.map(id => `${named(id)} It fails.`), ...(others > 0 ? [countOf(others, 'other')] : [])]
  }
  const reasoned = (entries: typeof known.standing) => entries.map(({ id, reason }) => `${id}: ${reason}`)
  const notes: readonly Note[] = [
    { heading: 'Notes', lines: [...result.notes, ...partialRunLines(appraisal)] },
    ...(changes
      ? [
          { heading: `Since ${changes.since}`, lines: [scoreChange(changes.percentThen, score.percent)] },
          { heading: 'New failures', lines: changes.newFailures.map(named) },
          { heading: 'Fixed', lines: changes.fixed.map(named) },
          { heading: 'New checks', lines: newChecks(changes.newChecks) },
          { heading: 'No longer run', lines: changes.noLongerSeen.map(id => `${id}: ${verdictOf(id)}`) },
        ]
      : []),
    { heading: 'Known failures, which do not count against the threshold', lines: reasoned(known.standing) },
    ...(known.standing.length > 0
      ? [
          {
            heading: `${score.bySuite.length > 1 ? 'Lowest score' : 'Score'} without known failures`,
            lines: [percentText(decision.percent)],
          },
        ]
      : []),
    {
      heading: 'Known failures that pass now: their entries can be removed',
      lines: reasoned(known.outdated),
    },
    { heading: 'Known failures that were not run', lines: reasoned(known.unseen) },
    { heading: 'Left on the server, because it could not be removed', lines: leftBehindLines(result) },
  ]
  return notes.filter(({ lines }) => lines.length > 0)
}

/** `/Users/17 (scim-check-k3f9-1): DELETE returned 405` */
const leftLine = ({ path, name, reason }: LeftBehind): string =>
  `${path}${name === undefined ? '' : ` (${name})`}: ${reason}`

const mostLeft = 50

export function leftBehindLines(
  { leftBehind, mark }: Pick<Result, 'leftBehind' | 'mark'>,
  most = mostLeft,
): readonly string[] {
  const more = leftBehind.length - most
  return [
    ...leftBehind.slice(0, most).map(leftLine),
    ...(more > 0 ? [`${more} more; their names contain ${mark}`] : []),
  ]
}

/** The changes since an earlier report, in a sentence. */
export function changeCounts({ changes }: Appraisal): readonly string[] {
  if (changes === undefined) return []
  const { since, newFailures, fixed, newChecks, noLongerSeen } = changes
  const failing = countOf(newFailures.length, 'new failure')
  const added = countOf(newChecks.length, 'new check')
  return [
    `Since ${since}: ${failing}, ${fixed.length} fixed, ${added}, ${noLongerSeen.length} no longer run.`,
  ]
}

/** What the grade does not cover. */
export function partialRunLines({ result: { asked, outcomes } }: Appraisal): readonly string[] {
  const { readOnly, only, skip } = asked
  const writing = outcomes.filter(
    ({ verdict, check }) => verdict === 'skipped' && check.needs?.includes('write'),
  )
  const chosen = [...only.map(id => `--only ${id}`), ...skip.map(id => `--skip ${id}`)]
  return [
    ...(readOnly
      ? [`The grade covers reading only: ${countOf(writing.length, 'check')} would have written.`]
      : []),
    ...(chosen.length > 0 ? [`The grade covers only the selected checks: ${chosen.join(', ')}.`] : []),
  ]
}

import {
  type Appraisal,
  consequenceOf,
  followersOf,
  gradeInWords,
  knownReason,
  shownExchange,
} from '../grade/appraise.ts'
import { levelInSuite, levels } from '../grade/score.ts'
import { type ClientVerdict, clientNames } from '../grade/verdict.ts'
import type { Outcome } from '../run/result.ts'
import { type Colours, colours } from './colour.ts'
import { exchangeLine } from './exchange-text.ts'
import { columns, labelled, wrap } from './layout.ts'
import { levelRows, notesOf, sectionRows } from './summary.ts'
import { counted, harmless, quoted, short } from './text.ts'

export type TerminalOptions = {
  readonly colour?: boolean
  /** Of the terminal, in characters. */
  readonly width?: number
}

/** For people: failures, the gravest first, then the summary. Nothing in it steers the terminal but our own colours. */
export function terminalReport(appraisal: Appraisal, options: TerminalOptions = {}): string {
  const paint = colours(options.colour === true)
  const width = Math.max(60, Math.min(options.width ?? 100, 120))
  const { outcomes } = appraisal.result
  const failures = levels.flatMap(level =>
    outcomes.filter(({ verdict, check }) => verdict === 'failed' && check.level === level),
  )
  const broken = outcomes.filter(({ verdict }) => verdict === 'broken')
  const blocks = [
    ...failures.map(outcome => failure(appraisal, outcome, paint, width)),
    ...broken.map(outcome => brokenCheck(outcome, paint, width)),
    ...notesOf(appraisal).map(({ heading, lines }) => [
      paint.bold(wrap(heading, width).join('\n')),
      ...lines.flatMap(line => labelled('', line, { indent: 2, label: 0, width })),
    ]),
    underHead(columns(sectionRows(appraisal)), paint),
    underHead(columns(levelRows(appraisal)), paint),
    ...appraisal.verdicts.map(({ client, works, words, because, terms }) => [
      `${worksPaint(works, paint)(`${clientNames[client]}:`)} ${wrap(words, width).join('\n')}`,
      ...terms.flatMap(line => labelled('', line, { indent: 2, label: 0, width })).map(paint.dim),
      ...because.flatMap(line => labelled('-', line, { indent: 2, label: 2, width })),
    ]),
    closing(appraisal, paint, width),
  ]
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`
}

const underHead = ([head = '', ...rows]: readonly string[], paint: Colours) => [paint.dim(head), ...rows]

const worksPaint = (works: ClientVerdict['works'], { green, yellow, red }: Colours) =>
  ({ yes: green, partly: yellow, no: red, unknown: yellow })[works]

function failure(appraisal: Appraisal, outcome: Outcome, paint: Colours, width: number): readonly string[] {
  const { check, expected = '', got = '' } = outcome
  const known = knownReason(appraisal, outcome)
  const exchange = shownExchange(appraisal, outcome)
  const consequence = consequenceOf(appraisal, outcome)
  const followers = followersOf(appraisal, outcome)
  const line = (label: string, text: string) => labelled(label, text, { indent: 2, label: 10, width })
  const paintLevel = check.level === 'MUST' ? paint.red : paint.yellow
  return [
    `${paintLevel(`✗ ${levelInSuite(check)}`)} ${paint.bold(harmless(check.id))}${known === undefined ? '' : paint.dim(' (known)')}`,
    ...line('says', `${check.says} (${check.source})`),
    ...(check.sentence ? line('RFC', quoted(check.sentence)) : []),
    ...line('expected', short(expected, 600)),
    ...line('got', short(got, 600)),
    ...(exchange ? line('exchange', short(exchangeLine(exchange), 400)) : []),
    ...line('why', check.matters),
    ...(consequence ? line(consequence.client, consequence.words) : []),
    ...line('mend', check.mend),
    ...(outcome.fault === undefined ? [] : line('cause', `${outcome.fault}.`)),
    ...(followers.length > 0
      ? line(
          'also',
          `${counted(followers.length, 'check')} with the same cause: ${short(followers.join(', '), 600)}`,
        )
      : []),
    ...(known === undefined ? [] : line('known', known)),
  ]
}

const brokenCheck = ({ check, reason = '' }: Outcome, paint: Colours, width: number) => [
  `${paint.yellow('! broken')} ${paint.bold(harmless(check.id))}`,
  ...labelled('reason', short(reason, 600), { indent: 2, label: 10, width }),
]

function closing(appraisal: Appraisal, paint: Colours, width: number): readonly string[] {
  const { result, score, decision } = appraisal
  const grade = `Grade ${gradeInWords(appraisal)}: ${score.passed} passed, ${score.failed} failed, ${score.skipped} skipped${
    score.broken > 0 ? `, ${score.broken} broken` : ''
  }; ${result.exchanges.length} requests to ${result.service.url}`
  const colour = decision.exitCode === 0 ? paint.green : paint.red
  return [
    ...wrap(grade, width).map(line => colour(line)),
    ...decision.reasons.flatMap(reason => wrap(reason, width).map(line => paint.red(line))),
  ]
}

import { styleText } from 'node:util'
import {
  type Appraisal,
  consequenceFor,
  followersFor,
  formatGrade,
  knownReason,
  shownExchange,
} from '../grade/appraisal.ts'
import { levelInSuite, levels } from '../grade/score.ts'
import { type ClientVerdict, clientNames } from '../grade/verdict.ts'
import type { OnProgress, Outcome, Progress } from '../run/result.ts'
import { levelRows, notesOf, sectionRows } from './summary.ts'
import {
  columns,
  countOf,
  formatExchangeLine,
  labeled,
  quoteSentence,
  sanitize,
  truncate,
  wrap,
} from './text.ts'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

type Colors = Readonly<Record<Style, (text: string) => string>>

const colors = (on: boolean): Colors => {
  const paint = (style: Style) => (text: string) =>
    on ? styleText(style, text, { validateStream: false }) : text
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
  }
}

/** Only on a terminal that supports colors, and unless the user disables them (https://no-color.org). */
export const wantsColor = (
  stream: { readonly isTTY?: boolean | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): boolean => stream.isTTY === true && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb'

type ProgressTarget = {
  readonly write: (text: string) => void
  /** One line that is overwritten; otherwise a line for each tenth of the run. */
  readonly isTerminal: boolean
  readonly width?: number
}

const eraseLine = '\r\u001b[2K'

/** `end` removes the line. */
export function createProgressLine({ write, isTerminal, width = 80 }: ProgressTarget): {
  readonly tell: OnProgress
  readonly end: () => void
} {
  let failed = 0
  let tenths = 0
  const show = (text: string) =>
    write(isTerminal ? eraseLine + truncate(sanitize(text), width - 1) : `${sanitize(text)}\n`)
  const tell = (progress: Progress) => {
    if (progress.kind === 'discovered') show(`${progress.checks} checks of ${progress.service.url}`)
    else if (progress.kind === 'noted') write(`${isTerminal ? eraseLine : ''}${sanitize(progress.note)}\n`)
    else if (progress.kind === 'cleaning') show(`Removing created resources: ${progress.left} left`)
    else {
      const { outcome, number, of } = progress
      if (outcome.verdict === 'failed') failed++
      const done = `${number} of ${of} checks done, ${failed} failed`
      if (isTerminal) show(`${done}: ${outcome.check.id}`)
      else if (Math.floor((10 * number) / of) > tenths) {
        tenths = Math.floor((10 * number) / of)
        show(done)
      }
    }
  }
  return { tell, end: () => isTerminal && write(eraseLine) }
}

export type TerminalOptions = {
  readonly color?: boolean
  /** In characters. */
  readonly width?: number
}

/** For people: failures, the most severe first, then the summary. Contains no terminal control sequences but our own colors. */
export function terminalReport(appraisal: Appraisal, options: TerminalOptions = {}): string {
  const paint = colors(options.color === true)
  const width = Math.max(60, Math.min(options.width ?? 100, 120))
  const { outcomes } = appraisal.result
  const failures = levels.flatMap(level =>
    outcomes.filter(({ verdict, check }) => verdict === 'failed' && check.level === level),
  )
  const broken = outcomes.filter(({ verdict }) => verdict === 'broken')
  const blocks = [
    ...failures.map(outcome => formatFailure(appraisal, outcome, paint, width)),
    ...broken.map(outcome => brokenCheck(outcome, paint, width)),
    ...notesOf(appraisal).map(({ heading, lines }) => [
      paint.bold(wrap(heading, width).join('\n')),
      ...lines.flatMap(line => labeled('', line, { indent: 2, label: 0, width })),
    ]),
    underHead(columns(sectionRows(appraisal)), paint),
    underHead(columns(levelRows(appraisal)), paint),
    ...appraisal.verdicts.map(({ client, works, summary, because, terms }) => [
      wrap(`${clientNames[client]}: ${summary}`, width)
        .join('\n')
        .replace(`${clientNames[client]}:`, worksPaint(works, paint)),
      ...terms.flatMap(line => labeled('', line, { indent: 2, label: 0, width })).map(paint.dim),
      ...because.flatMap(line => labeled('-', line, { indent: 2, label: 2, width })),
    ]),
    closing(appraisal, paint, width),
  ]
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`
}

const underHead = ([head = '', ...rows]: readonly string[], paint: Colors) => [paint.dim(head), ...rows]

const worksPaint = (works: ClientVerdict['works'], { green, yellow, red }: Colors) =>
  ({ yes: green, partly: yellow, no: red, unknown: yellow })[works]

function formatFailure(
  appraisal: Appraisal,
  outcome: Outcome,
  paint: Colors,
  width: number,
): readonly string[] {
  const { check, expected = '', got = '' } = outcome
  const known = knownReason(appraisal, outcome)
  const exchange = shownExchange(appraisal, outcome)
  const consequence = consequenceFor(appraisal, outcome)
  const followers = followersFor(appraisal, outcome)
  const line = (label: string, text: string) => labeled(label, text, { indent: 2, label: 12, width })
  const paintLevel = check.level === 'MUST' ? paint.red : paint.yellow
  return [
    `${paintLevel(`✗ ${levelInSuite(check)}`)} ${paint.bold(sanitize(check.id))}${known === undefined ? '' : paint.dim(' (known)')}`,
    ...line('requirement', `${check.description} (${check.source})`),
    ...(check.sentence ? line('RFC', quoteSentence(check.sentence)) : []),
    ...line('expected', truncate(expected, 600)),
    ...line('actual', truncate(got, 600)),
    ...(exchange ? line('exchange', truncate(formatExchangeLine(exchange), 400)) : []),
    ...line('impact', check.rationale),
    ...(consequence ? line(consequence.client, consequence.summary) : []),
    ...line('fix', check.remedy),
    ...(outcome.fault === undefined ? [] : line('cause', `${outcome.fault}.`)),
    ...(followers.length > 0
      ? line(
          'also',
          `${countOf(followers.length, 'check')} with the same cause: ${truncate(followers.join(', '), 600)}`,
        )
      : []),
    ...(known === undefined ? [] : line('known', known)),
  ]
}

const brokenCheck = ({ check, reason = '' }: Outcome, paint: Colors, width: number) => [
  `${paint.yellow('! broken')} ${paint.bold(sanitize(check.id))}`,
  ...labeled('reason', truncate(reason, 600), { indent: 2, label: 12, width }),
]

function closing(appraisal: Appraisal, paint: Colors, width: number): readonly string[] {
  const { result, score, decision } = appraisal
  const grade = `Grade ${formatGrade(appraisal)}: ${score.passed} passed, ${score.failed} failed, ${score.skipped} skipped${
    score.broken > 0 ? `, ${score.broken} broken` : ''
  }; ${result.exchanges.length} requests to ${result.service.url}`
  const color = decision.exitCode === 0 ? paint.green : paint.red
  return [
    ...wrap(grade, width).map(line => color(line)),
    ...decision.reasons.flatMap(reason => wrap(reason, width).map(line => paint.red(line))),
  ]
}

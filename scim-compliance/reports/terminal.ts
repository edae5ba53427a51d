import { styleText } from 'node:util'
import { type Appraisal, knownReason, shownExchange } from '../grade/appraisal.ts'
import { levelInSuite } from '../grade/score.ts'
import { type ClientVerdict, verdictNames } from '../grade/verdict.ts'
import type { Outcome, Progress } from '../run/result.ts'
import { type FirstScreen, firstScreen } from './first-screen.ts'
import { factsOf, failuresOf, levelRows, notesOf, sectionRows, verdictNotes } from './summary.ts'
import { columns, countOf, formatExchangeLine, labeled, sanitize, truncate, wrap } from './text.ts'

const styles = ['bold', 'dim', 'red', 'green', 'yellow'] as const

type Colors = Readonly<Record<(typeof styles)[number], (text: string) => string>>

const colors = (on: boolean): Colors => {
  const paint = (style: (typeof styles)[number]) => (text: string) =>
    on ? styleText(style, text, { validateStream: false }) : text
  return Object.fromEntries(styles.map(style => [style, paint(style)])) as Colors
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
export function createProgressLine({ write, isTerminal, width = 80 }: ProgressTarget) {
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
  /** All failures, notes and tables below the first screen. */
  readonly verbose?: boolean
  /** In characters. */
  readonly width?: number
}

/** For people: the first screen, then, if requested, everything. Contains no terminal control sequences but our own colors. */
export function terminalReport(appraisal: Appraisal, options: TerminalOptions = {}): string {
  const paint = colors(options.color === true)
  const width = Math.max(60, Math.min(options.width ?? 100, 120))
  const screen = firstScreen(appraisal)
  const blocks = [
    ...screenBlocks(screen, options.verbose === true, paint, width),
    ...(options.verbose ? detailBlocks(appraisal, paint, width) : []),
    // Where a terminal stops scrolling.
    options.verbose
      ? wrap(`Grade: ${screen.grade}. ${screen.rest}.`, width)
      : [
          ...wrap(screen.rest, width),
          ...wrap('--verbose prints every failure; --report html=FILE shows the requests, too.', width).map(
            paint.dim,
          ),
        ],
  ]
  return `${blocks.flatMap(lines => (lines.length === 0 ? [] : [lines.join('\n')])).join('\n\n')}\n`
}

type Block = readonly string[]

function screenBlocks(screen: FirstScreen, verbose: boolean, paint: Colors, width: number): readonly Block[] {
  const { url, grade, reasons, counting, safety, clients, heading, fixes, notes } = screen
  const indented = (text: string, indent = 2) => labeled('', text, indent, width)
  const answer = worksPaint(safety.safe, paint)
  const shownNotes = verbose ? [] : notes.slice(0, maxNotes)
  const more = notes.length - shownNotes.length
  return [
    [
      ...wrap(`SCIM compliance of ${url}`, width).map(paint.dim),
      ...wrap(`Grade: ${grade}`, width).map(line =>
        paint.bold(reasons.length > 0 ? paint.red(line) : paint.green(line)),
      ),
      ...reasons.flatMap(reason => indented(reason)).map(paint.red),
      ...(counting === undefined ? [] : indented(counting)).map(paint.dim),
      `Safe to deprovision: ${paint.bold(answer(sanitize(safety.answer)))}`,
      ...safety.reasons.flatMap(reason => indented(reason)),
      ...safety.proof.flatMap(line => indented(truncate(line, width - 4), 4)).map(paint.dim),
    ],
    clients.flatMap(({ name, works, summary }) => {
      const [head = '', ...lines] = wrap(`${name}: ${summary}`, width - 2)
      return [
        head.replace(`${name}:`, () => worksPaint(works, paint)(`${name}:`)),
        ...lines.map(line => `  ${line}`),
      ]
    }),
    [
      paint.bold(heading),
      ...fixes.flatMap(({ remedy, evidence }, index) => [
        ...labeled(`${index + 1}.`, remedy, 3, width),
        paint.dim(`   ${truncate(sanitize(evidence), width - 3)}`),
      ]),
    ],
    ...(shownNotes.length === 0
      ? []
      : [
          [
            ...shownNotes.flatMap(note => labeled('-', truncate(note, maxNoteLength), 2, width)),
            ...(more > 0 ? [paint.dim(`- ${countOf(more, 'more note')}: --verbose`)] : []),
          ],
        ]),
  ]
}

const maxNotes = 2
const maxNoteLength = 300

/** Failures, the most severe first, notes, tables and the reasons of the verdicts. */
function detailBlocks(appraisal: Appraisal, paint: Colors, width: number): readonly Block[] {
  const broken = appraisal.result.outcomes.filter(({ verdict }) => verdict === 'broken')
  return [
    ...failuresOf(appraisal).map(outcome => formatFailure(appraisal, outcome, paint, width)),
    ...broken.map(outcome => brokenCheck(outcome, paint, width)),
    ...notesOf(appraisal).map(({ heading, lines }) => [
      paint.bold(wrap(heading, width).join('\n')),
      ...lines.flatMap(line => labeled('', line, 2, width)),
    ]),
    underHead(columns(sectionRows(appraisal)), paint),
    underHead(columns(levelRows(appraisal)), paint),
    ...appraisal.verdicts.map(verdict => {
      const { client, works, summary, because, terms } = verdict
      return [
        wrap(`${verdictNames[client]}: ${summary}`, width)
          .join('\n')
          .replace(`${verdictNames[client]}:`, worksPaint(works, paint)),
        ...terms.flatMap(line => labeled('', line, 2, width)).map(paint.dim),
        ...because.flatMap(line => labeled('  -', line, 4, width)),
        ...verdictNotes(verdict).flatMap(({ heading, lines }) => [
          `  ${heading}`,
          ...lines.flatMap(line => labeled('  -', line, 4, width)),
        ]),
      ]
    }),
  ]
}

const underHead = ([head = '', ...rows]: readonly string[], paint: Colors) => [paint.dim(head), ...rows]

const worksPaint = (works: ClientVerdict['works'], { green, yellow, red }: Colors) =>
  ({ yes: green, partly: yellow, no: red, unknown: yellow })[works]

function formatFailure(appraisal: Appraisal, outcome: Outcome, paint: Colors, width: number): Block {
  const { check } = outcome
  const known = knownReason(appraisal, outcome) === undefined ? '' : paint.dim(' (known)')
  const exchange = shownExchange(appraisal, outcome)
  const line = (label: string, text: string) => labeled(`  ${label}`, truncate(text, 600), 14, width)
  const paintLevel = check.level === 'MUST' ? paint.red : paint.yellow
  return [
    `${paintLevel(`✗ ${levelInSuite(check)}`)} ${paint.bold(sanitize(check.id))}${known}`,
    ...line('requirement', `${check.description} (${check.source})`),
    ...(exchange ? line('exchange', formatExchangeLine(exchange)) : []),
    ...factsOf(appraisal, outcome).flatMap(([name, text]) => line(name, text)),
  ]
}

const brokenCheck = ({ check, reason = '' }: Outcome, paint: Colors, width: number) => [
  `${paint.yellow('! broken')} ${paint.bold(sanitize(check.id))}`,
  ...labeled('  reason', truncate(reason, 600), 14, width),
]

import { type Appraisal, diagnosisOf, formatGrade, knownReason } from '../grade/appraisal.ts'
import { levelInSuite } from '../grade/score.ts'
import { verdictNames } from '../grade/verdict.ts'
import type { Outcome } from '../run/result.ts'
import { firstScreen } from './first-screen.ts'
import { levelRows, notesOf, type Row, sectionRows, verdictNotes } from './summary.ts'
import { escapeMarkdown, truncate } from './text.ts'

const colorOf = { A: 'brightgreen', B: 'green', C: 'yellow', D: 'orange', F: 'red' } as const

export function badge(appraisal: Appraisal): string {
  const { letter } = appraisal.score
  const { exitCode } = appraisal.decision
  const text = formatGrade(appraisal)
  const color =
    exitCode === 1 ? 'red' : exitCode === 2 || letter === undefined ? 'lightgrey' : colorOf[letter]
  const part = (words: string) =>
    encodeURIComponent(words.replaceAll('-', '--').replaceAll('_', '__').replaceAll(' ', '_'))
  return `![SCIM compliance: ${text}](https://img.shields.io/badge/${part('SCIM compliance')}-${part(text)}-${color})\n`
}

/** For the summary of a CI job, or a comment on a pull request. */
export function markdownReport(appraisal: Appraisal): string {
  const { result, verdicts } = appraisal
  const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed')
  const failures = failed.map(outcome => failureRow(appraisal, outcome))
  const cell = (text: string) => escapeMarkdown(truncate(text, 300))
  return `${[
    `# SCIM compliance: ${formatGrade(appraisal)}`,
    badge(appraisal).trim(),
    ...firstScreenMarkdown(appraisal),
    ...verdicts.map(verdict => {
      const { client, summary, because, terms } = verdict
      return [
        `## ${verdictNames[client]}`,
        escapeMarkdown(summary),
        ...(terms.length > 0 ? [`_${escapeMarkdown(terms.join(' '))}_`] : []),
        ...(because.length > 0 ? [bullets(because)] : []),
        ...verdictNotes(verdict).flatMap(({ heading, lines }) => [`**${heading}**`, bullets(lines)]),
      ].join('\n\n')
    }),
    '## By level',
    table(levelRows(appraisal)),
    ...notesOf(appraisal).flatMap(({ heading, lines }) => [
      `## ${escapeMarkdown(heading)}`,
      lines.map(line => `- ${escapeMarkdown(truncate(line, 400))}`).join('\n'),
    ]),
    '## By section',
    table(sectionRows(appraisal)),
    ...(failures.length === 0 ? [] : ['## Failures', table([failureHead, ...failures])]),
  ]
    .filter(block => block !== '')
    .join('\n\n')}\n`

  function table([head = [], ...rows]: readonly Row[]): string {
    const line = (cells: Row) => `| ${cells.map(value => cell(String(value))).join(' | ')} |`
    return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')
  }
}

const bullets = (lines: readonly string[]): string =>
  lines.map(line => `- ${escapeMarkdown(line)}`).join('\n')

const failureHead: Row = ['level', 'check', 'expected', 'actual', 'fix']

function failureRow(appraisal: Appraisal, outcome: Outcome): Row {
  const { check, expected = '', got = '' } = outcome
  const known = knownReason(appraisal, outcome) === undefined ? '' : ' (known)'
  const { remedy } = diagnosisOf(appraisal, outcome)
  return [levelInSuite(check), check.id + known, expected, got, remedy].map(text => truncate(text, 300))
}

function firstScreenMarkdown(appraisal: Appraisal): readonly string[] {
  const { url, reasons, counting, safety, clients, heading, fixes, notes, rest } = firstScreen(appraisal)
  const text = (value: string) => escapeMarkdown(truncate(value, 400))
  const bullets = (lines: readonly string[]) => lines.map(line => `- ${text(line)}`).join('\n')
  return [
    text(url),
    reasons.map(reason => `**${text(reason)}**`).join('\n\n'),
    counting === undefined ? '' : text(counting),
    `**Safe to deprovision: ${text(safety.answer)}**`,
    bullets([...safety.reasons, ...safety.proof]),
    ...clients.map(({ name, summary }) => `**${text(name)}:** ${text(summary)}`),
    `## ${text(heading)}`,
    fixes.map(({ remedy, evidence }, at) => `${at + 1}. **${text(remedy)}** ${text(evidence)}`).join('\n'),
    bullets(notes.slice(0, 2)),
    text(`${rest}, ${appraisal.result.ended}`),
  ]
}

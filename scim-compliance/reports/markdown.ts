import { type Appraisal, formatGrade, knownReason } from '../grade/appraisal.ts'
import { levelInSuite } from '../grade/score.ts'
import { clientNames } from '../grade/verdict.ts'
import { levelRows, notesOf, type Row, sectionRows } from './summary.ts'
import { escapeMarkdown, truncate } from './text.ts'

const colorOf = { A: 'brightgreen', B: 'green', C: 'yellow', D: 'orange', F: 'red' } as const

export function badge(appraisal: Appraisal): string {
  const { letter } = appraisal.score
  const text = formatGrade(appraisal)
  const color = letter === undefined ? 'lightgrey' : colorOf[letter]
  const part = (words: string) =>
    encodeURIComponent(words.replaceAll('-', '--').replaceAll('_', '__').replaceAll(' ', '_'))
  return `![SCIM compliance: ${text}](https://img.shields.io/badge/${part('SCIM compliance')}-${part(text)}-${color})\n`
}

/** For the summary of a CI job, or a comment on a pull request. */
export function markdownReport(appraisal: Appraisal): string {
  const { result, verdicts, decision } = appraisal
  const failures = result.outcomes.filter(({ verdict }) => verdict === 'failed')
  const cell = (text: string) => escapeMarkdown(truncate(text, 300))
  return `${[
    `# SCIM compliance: ${formatGrade(appraisal)}`,
    badge(appraisal).trim(),
    `${escapeMarkdown(result.service.url)}, ${result.ended}, ${result.exchanges.length} requests`,
    decision.reasons.map(reason => `**${escapeMarkdown(reason)}**`).join('\n\n'),
    ...verdicts.map(({ client, summary, because, terms }) =>
      [
        `**${clientNames[client]}:** ${escapeMarkdown(summary)}`,
        ...(terms.length > 0 ? ['', `_${escapeMarkdown(terms.join(' '))}_`, ''] : []),
        ...because.map(line => `- ${escapeMarkdown(line)}`),
      ].join('\n'),
    ),
    table(levelRows(appraisal)),
    ...notesOf(appraisal).flatMap(({ heading, lines }) => [
      `## ${escapeMarkdown(heading)}`,
      lines.map(line => `- ${escapeMarkdown(truncate(line, 400))}`).join('\n'),
    ]),
    '## By section',
    table(sectionRows(appraisal)),
    ...(failures.length === 0
      ? []
      : [
          '## Failures',
          table([
            ['level', 'check', 'expected', 'actual', 'fix'],
            ...failures.map(outcome => {
              const { check, expected = '', got = '' } = outcome
              const known = knownReason(appraisal, outcome) === undefined ? '' : ' (known)'
              return [levelInSuite(check), check.id + known, expected, got, check.remedy].map(text =>
                truncate(text, 300),
              )
            }),
          ]),
        ]),
  ]
    .filter(block => block !== '')
    .join('\n\n')}\n`

  function table([head = [], ...rows]: readonly Row[]): string {
    const line = (cells: Row) => `| ${cells.map(value => cell(String(value))).join(' | ')} |`
    return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')
  }
}

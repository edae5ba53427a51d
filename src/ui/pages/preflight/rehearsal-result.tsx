import type { Rehearsal } from '../../../domain/contract/rehearsal.ts'
import { type PlanCheck, type PlanSection, type PlanTable, reportOf } from '../../../domain/rehearsal/plan.ts'
import { toCsv, toHtml, toMarkdown } from '../../../domain/rehearsal/plan-documents.ts'
import { Copyable } from '../../components/buttons.tsx'
import { Collection } from '../../components/collection.tsx'
import { ExportMenu } from '../../components/dropdown.tsx'
import { ClientText } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { given } from './preflight-result.tsx'

const maxRows = 200

const labels = { html: 'Plan as HTML', markdown: 'Plan as Markdown', csv: 'Access as CSV' } as const
const fileNames = { html: 'rehearsal.html', markdown: 'rehearsal.md', csv: 'rehearsal.csv' } as const
const print = { html: toHtml, markdown: toMarkdown, csv: toCsv } as const

export const RehearsalActions = ({ result }: { readonly result: Rehearsal }) => (
  <ExportMenu
    labels={labels}
    fileNames={fileNames}
    fetchFile={async format => new Response(print[format](result))}
  />
)

export function RehearsalSentence({ result }: { readonly result: Rehearsal }) {
  const [summary] = reportOf(result, maxRows)
  const { stopped, summary: counts } = result
  const isBad = stopped !== undefined || counts.lose > 0 || !counts.isAccessKnown
  const [headline = '', ...lines] = summary?.lines ?? []
  return (
    <>
      <p class="sentence" role="status">
        <span class={isBad ? 'bad' : ''}>
          <ClientText text={headline} />
        </span>
      </p>
      <Lines lines={lines} />
    </>
  )
}

export const RehearsalResult = ({ result }: { readonly result: Rehearsal }) => {
  const [, ...sections] = reportOf(result, maxRows)
  return (
    <>
      {sections.map(section => (
        <Section key={section.title} section={section} />
      ))}
    </>
  )
}

const Section = ({
  section: { title, lines = [], checks = [], table },
}: {
  readonly section: PlanSection
}) => (
  // A table is a region of that name itself.
  <section {...(!table && { 'aria-label': title })}>
    <h2>{title}</h2>
    <Lines lines={lines} />
    {checks.map(check => (
      <Remedy key={check.text} check={check} />
    ))}
    {table && <Rows title={title} table={table} />}
  </section>
)

const Lines = ({ lines }: { readonly lines: readonly string[] }) =>
  lines.length === 0 ? null : (
    <ul>
      {lines.map(line => (
        <li key={line}>
          <ClientText text={line} />
        </li>
      ))}
    </ul>
  )

const Remedy = ({ check: { text, commands } }: { readonly check: PlanCheck }) => (
  <article>
    <p>
      <ClientText text={text} />
    </p>
    {commands.length > 0 && (
      <details>
        <summary>{formatCount(commands.length, 'command')}</summary>
        <Copyable what="the commands" text={commands.join('\n')} />
      </details>
    )}
  </article>
)

const Rows = ({
  title,
  table: { columns, rows, omitted },
}: {
  readonly title: string
  readonly table: PlanTable
}) => (
  <div class="roomy">
    <Collection
      noun={[title, title]}
      rows={given(rows)}
      columns={columns.map((name, at) => ({
        name,
        kind: 'text' as const,
        always: true as const,
        text: (row: readonly string[]) => row[at],
        of: (row: readonly string[]) => <ClientText text={row[at] ?? ''} />,
      }))}
      keyOf={row => row.join(' ')}
      empty={null}
    />
    {omitted > 0 && <p class="muted">{omitted} more are not shown; the API and the CLI list more.</p>}
  </div>
)

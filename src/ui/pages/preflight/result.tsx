import { escapeHidden } from '../../../domain/client-text.ts'
import type { Preflight, PreflightCounts } from '../../../domain/contract/preflight.ts'
import type { Rehearsal } from '../../../domain/contract/rehearsal.ts'
import { countFailing, preflightMarkdown, preflightReport } from '../../../domain/preflight-report.ts'
import { type PlanCheck, type PlanSection, type PlanTable, reportOf } from '../../../domain/rehearsal/plan.ts'
import * as documents from '../../../domain/rehearsal/plan-documents.ts'
import { Copyable, CopyButton } from '../../components/buttons.tsx'
import { Collection, loadedRows } from '../../components/collection.tsx'
import { ExportMenu } from '../../components/dropdown.tsx'
import { ClientText } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'

const maxRows = 200

export type Result = { readonly preflight: Preflight } | { readonly rehearsal: Rehearsal }

export const ResultActions = ({ result }: { readonly result: Result }) =>
  'preflight' in result ? (
    <CopyButton text={preflightMarkdown(result.preflight)} what="as Markdown">
      Copy as Markdown
    </CopyButton>
  ) : (
    <ExportMenu
      labels={{ html: 'Plan as HTML', markdown: 'Plan as Markdown', csv: 'Access as CSV' }}
      fileNames={{ html: 'rehearsal.html', markdown: 'rehearsal.md', csv: 'rehearsal.csv' }}
      fetchFile={async format => new Response(printers[format](result.rehearsal))}
    />
  )

const printers = { html: documents.toHtml, markdown: documents.toMarkdown, csv: documents.toCsv }

export const Sentence = ({ result }: { readonly result: Result }) =>
  'preflight' in result ? (
    <PreflightSentence result={result.preflight} />
  ) : (
    <RehearsalSentence result={result.rehearsal} />
  )

/** "1,994 of 2,000 users will be accepted. 6 won’t." */
function PreflightSentence({ result: { users, groups, quarantine } }: { readonly result: Preflight }) {
  const kinds = Object.entries({ user: users, group: groups }).filter(
    ([, counts]) => counts.accepted + countFailing(counts) > 0,
  )
  return (
    <>
      <p class="sentence" role="status">
        {kinds.map(([kind, counts]) => (
          <Accepted key={kind} kind={kind} counts={counts} />
        ))}
        {kinds.length === 0 && <span class="warn">Nothing would be provisioned.</span>}
      </p>
      {quarantine && (
        <p>
          <span class="bad">The job would go into quarantine:</span> {escapeHidden(quarantine.detail)}
        </p>
      )}
    </>
  )
}

function Accepted({ kind, counts }: { readonly kind: string; readonly counts: PreflightCounts }) {
  const failing = countFailing(counts)
  const all = counts.accepted + failing
  if (failing === 0)
    return (
      <>{all === 1 ? `The ${kind} will be accepted. ` : `All ${formatCount(all, kind)} will be accepted. `}</>
    )
  return (
    <>
      {counts.accepted.toLocaleString('en')} of {formatCount(all, kind)} will be accepted.{' '}
      <span class="bad">{failing.toLocaleString('en')} won’t.</span>{' '}
    </>
  )
}

function RehearsalSentence({ result }: { readonly result: Rehearsal }) {
  const { stopped, summary } = result
  const isBad = stopped !== undefined || summary.lose > 0 || !summary.isAccessKnown
  const [headline = '', ...lines] = reportOf(result, maxRows)[0]?.lines ?? []
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

export const Sections = ({ result }: { readonly result: Result }) => (
  <>
    {('preflight' in result
      ? preflightReport(result.preflight, maxRows)
      : reportOf(result.rehearsal, maxRows)
    )
      // The sentence says what the first one does.
      .slice(1)
      .map(section => (
        <SectionView key={section.title} section={section} />
      ))}
  </>
)

function SectionView({
  section: { title, isFolded, lines = [], checks = [], table },
}: {
  readonly section: PlanSection
}) {
  const shown = escapeHidden(title)
  const content = (
    <>
      <Lines lines={lines} />
      {checks.map(check => (
        <Check key={check.text} check={check} />
      ))}
      {table && <Table title={shown} table={table} />}
    </>
  )
  return isFolded ? (
    <details class="finding-row">
      <summary>
        <b class="what">{shown}</b>
      </summary>
      <div class="opened">{content}</div>
    </details>
  ) : (
    // A table is a region of that name itself.
    <section {...(!table && { 'aria-label': shown })}>
      <h2>{shown}</h2>
      {content}
    </section>
  )
}

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

const Check = ({ check: { text, commands, what } }: { readonly check: PlanCheck }) => (
  <article>
    <p>
      <ClientText text={text} />
    </p>
    {what !== undefined && <Copyable what={what} text={commands.join('\n')} />}
    {what === undefined && commands.length > 0 && (
      <details>
        <summary>{formatCount(commands.length, 'command')}</summary>
        <Copyable what="the commands" text={commands.join('\n')} />
      </details>
    )}
  </article>
)

const Table = ({
  title,
  table: { columns, rows, omitted },
}: {
  readonly title: string
  readonly table: PlanTable
}) => (
  <div class="roomy">
    <Collection
      noun={[title, title]}
      rows={loadedRows(rows)}
      columns={columns.map((name, at) => ({
        name,
        kind: 'text' as const,
        always: true as const,
        text: (row: readonly string[]) => row[at],
      }))}
      keyOf={row => row.join(' ')}
      empty={null}
    />
    {omitted > 0 && <p class="muted">{omitted} more are not shown; the API and the CLI list more.</p>}
  </div>
)

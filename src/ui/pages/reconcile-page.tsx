import { useState } from 'preact/hooks'
import { escapeHidden, markdownText } from '../../domain/client-text.ts'
import type { Exchange } from '../../domain/contract/exchanges.ts'
import type { Identity } from '../../domain/contract/identities.ts'
import type { Reconciliation } from '../../domain/contract/reconcile.ts'
import { type ApiProblem, call } from '../api.ts'
import { ActionButton, CopyButton } from '../components/buttons.tsx'
import { saveFile } from '../components/dropdown.tsx'
import { Badge, FileProblem, Loading } from '../components/feedback.tsx'
import { TextField } from '../components/field.tsx'
import { FilePicker } from '../components/file-picker.tsx'
import { formatValue } from '../components/json.tsx'
import { PageHead } from '../components/layout.tsx'
import { ClientText } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { toApiProblem } from '../load.ts'
import { type PageProps, pathTo } from '../router.ts'
import { refusalLabel } from './exchange/refusal-labels.ts'

export function ReconcilePage({ tenant = '' }: PageProps) {
  const [fileName, setFileName] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<Reconciliation>()
  const [problem, setProblem] = useState<ApiProblem>()
  const compare = async (file: File) => {
    setFileName(file.name)
    setBusy(true)
    setResult(undefined)
    setProblem(undefined)
    try {
      const text = await file.text()
      setResult(
        await call('POST /tenants/:tenant/reconcile', {
          params: { tenant },
          body: { text, name: file.name },
        }),
      )
    } catch (error) {
      setProblem(toApiProblem(error))
    }
    setBusy(false)
  }
  return (
    <>
      <PageHead
        title="Reconcile"
        description="Compare an Entra ID export with this tenant. Nothing is changed, and the file is not stored."
      />
      <FilePicker
        label="Drop a file here or choose one"
        onFiles={([file]) => {
          if (file) void compare(file)
        }}
      >
        The CSV file from <em>Users, Download users</em> or <em>Groups, Download groups</em> in the Microsoft
        Entra admin center, or the JSON of Microsoft Graph’s <code>/users</code> or <code>/groups</code>.
      </FilePicker>
      {fileName !== undefined && (
        <p class="muted">
          File: <ClientText text={fileName} />
        </p>
      )}
      {busy && <Loading label="Comparing" />}
      {problem && <FileProblem problem={problem} />}
      {result && <ResultView result={result} tenant={tenant} />}
    </>
  )
}

const maxShown = 200

const formatNumber = (count: number): string => count.toLocaleString('en')

function toMarkdown({ missing, extra, different }: Reconciliation): string {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`## ${title} (${lines.length})`, lines.map(line => `- ${line}`).join('\n')]
  return [
    '# Reconciliation',
    ...section(
      'Missing',
      missing.map(({ label }) => markdownText(label)),
    ),
    ...section(
      'Extra',
      extra.map(({ label, status }) => `${markdownText(label)}: ${status}`),
    ),
    ...section(
      'Different',
      different.map(
        ({ label, differences }) =>
          `${markdownText(label)}: ${differences.map(({ path }) => markdownText(path)).join(', ')}`,
      ),
    ),
  ].join('\n\n')
}

/** The whole comparison: a row for each missing or extra object, and for each difference (RFC 4180). */
const toCsv = ({ missing, extra, different }: Reconciliation): string =>
  [
    ['result', 'name', 'id', 'attribute', 'export', 'tenant'],
    ...missing.map(({ label }) => ['missing', label]),
    ...extra.map(({ id, label, status }) => ['extra', label, id, '', '', status]),
    ...different.flatMap(({ id, label, differences }) =>
      differences.map(({ path, export: exported, directory }) => [
        'different',
        label,
        id,
        path,
        formatValue(exported),
        formatValue(directory),
      ]),
    ),
  ]
    .map(cells => `${cells.map(csvCell).join(',')}\r\n`)
    .join('')

/** A spreadsheet would run a text that begins like a formula. */
const csvCell = (text: string): string =>
  `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`

const ResultView = ({ result, tenant }: { readonly result: Reconciliation; readonly tenant: string }) => {
  const [text, setText] = useState('')
  const matches = ({ label }: { readonly label: string }) => label.toLowerCase().includes(text.toLowerCase())
  const missing = result.missing.filter(matches)
  const extra = result.extra.filter(matches)
  const different = result.different.filter(matches)
  const page = result.type === 'Group' ? 'group' : 'user'
  const link = (id: string, label: string) => (
    <a href={pathTo(page, { tenant, id })}>
      <ClientText text={label} />
    </a>
  )
  return (
    <>
      <p class="card" role="status">
        {formatCount(result.read, result.type.toLowerCase())} read, {formatNumber(result.inSync)} in sync,{' '}
        {formatNumber(result.missing.length)} missing, {formatNumber(result.extra.length)} extra,{' '}
        {formatNumber(result.different.length)} different.
        {result.ignored.length > 0 && (
          <span class="muted"> Ignored columns: {escapeHidden(result.ignored.join(', '))}.</span>
        )}
      </p>
      <search>
        <form class="inline" onSubmit={event => event.preventDefault()}>
          <TextField label="Search by name" value={text} onChange={setText} />
          <CopyButton text={toMarkdown(result)} what="as Markdown">
            Copy as Markdown
          </CopyButton>
          <ActionButton onAction={() => saveFile(new Response(toCsv(result)), 'reconciliation.csv')}>
            Save as CSV
          </ActionButton>
        </form>
      </search>
      <ResultSection
        title="Missing"
        description="In the export, but not in this tenant."
        count={missing.length}
      >
        {missing.slice(0, maxShown).map(({ label, line }, index) => (
          <li key={index}>
            <ClientText text={label} /> {line !== undefined && <span class="muted">line {line}</span>}{' '}
            <WhyMissing label={label} type={result.type} tenant={tenant} />
          </li>
        ))}
      </ResultSection>
      <ResultSection title="Extra" description="In this tenant, but not in the export." count={extra.length}>
        {extra.slice(0, maxShown).map(({ id, label, status }) => (
          <li key={id}>
            {link(id, label)} <Badge>{status}</Badge>
          </li>
        ))}
      </ResultSection>
      <ResultSection title="Different" description="In both, with different values." count={different.length}>
        {different.slice(0, maxShown).map(({ id, label, differences }) => (
          <li key={id}>
            {link(id, label)}
            <ul>
              {differences.map(({ path, export: exported, directory }) => (
                <li key={path}>
                  <code>{escapeHidden(path)}</code>: <ins>{formatValue(exported) || 'no value'}</ins> in the
                  export, <del>{formatValue(directory) || 'no value'}</del> in this tenant
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ResultSection>
    </>
  )
}

const ResultSection = ({
  title,
  description,
  count,
  children,
}: {
  readonly title: string
  readonly description: string
  readonly count: number
  readonly children: preact.ComponentChildren
}) => {
  if (count === 0) return null
  return (
    <section aria-label={title}>
      <h2>
        {title} ({formatNumber(count)})
      </h2>
      <p class="muted">
        {description} {count > maxShown && `First ${maxShown} shown; the API and the CLI return all.`}
      </p>
      <ul>{children}</ul>
    </section>
  )
}

type MissingObject = {
  readonly label: string
  readonly type: Reconciliation['type']
  readonly tenant: string
}

type Cause = { readonly identity?: Identity | undefined; readonly exchange?: Exchange | undefined }

function WhyMissing(missing: MissingObject) {
  const [cause, setCause] = useState<Cause>()
  if (!cause) {
    return (
      <ActionButton
        label={`Why is ${missing.label} missing?`}
        onAction={async () => setCause(await findCause(missing))}
      >
        Why?
      </ActionButton>
    )
  }
  return (
    <span role="status">
      <CauseView cause={cause} {...missing} />
    </span>
  )
}

const CauseView = ({
  cause: { identity, exchange },
  type,
  tenant,
}: MissingObject & { readonly cause: Cause }) => {
  if (exchange) {
    return (
      <>
        <a href={pathTo('exchange', { id: exchange.id })}>
          {exchange.action} failed ({exchange.status})
        </a>{' '}
        <ClientText text={refusalLabel(exchange) ?? exchange.detail ?? ''} />
      </>
    )
  }
  if (identity) {
    const page = type === 'Group' ? 'group' : 'user'
    return (
      <a href={pathTo(page, { tenant, id: identity.id })}>
        {identity.status === 'retained' ? 'Deleted by its client' : 'Removed'}
      </a>
    )
  }
  return <>No request about it: not in scope, not assigned, or not yet provisioned.</>
}

async function findCause({ label, type, tenant }: MissingObject): Promise<Cause> {
  const name = label.replaceAll(/["\\]/g, '')
  const list = type === 'Group' ? 'groups' : 'users'
  const params = { tenant }
  const [identities, failed] = await Promise.all([
    call(`GET /tenants/:tenant/${list}`, { params, query: { text: label, limit: 20 } }),
    call('GET /exchanges', {
      query: { q: `tenant:${tenant} target:"${name}" -status:2xx -status:404`, limit: 20 },
    }),
  ])
  const isSame = (text: string | undefined) => text?.toLowerCase() === label.toLowerCase()
  const identity = identities.items.find(one => isSame(one.label))
  const exchange = failed.items.find(({ target }) => isSame(target?.label))
  const isNewer = exchange && (!identity?.deleted || exchange.tenantTime > identity.deleted.at)
  return isNewer ? { exchange } : { identity }
}

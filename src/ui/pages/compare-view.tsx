import { useState } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import type { Exchange } from '../../domain/contract/exchanges.ts'
import type { Identity } from '../../domain/contract/identities.ts'
import type { Reconciliation } from '../../domain/contract/reconcile.ts'
import { toMarkdownSection } from '../../domain/rehearsal/plan-documents.ts'
import { call } from '../api.ts'
import { ActionButton, CopyButton } from '../components/buttons.tsx'
import { Collection, type Column, loadedRows } from '../components/collection.tsx'
import { FileProblem, Loading } from '../components/feedback.tsx'
import { FilePicker } from '../components/file-picker.tsx'
import { formatValue } from '../components/json.tsx'
import { ResourceLink } from '../components/record-link.tsx'
import { ClientText } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { useTask } from '../load.ts'
import { type PageProps, pathTo, query } from '../router.ts'
import { refusalLabel } from './exchange/texts.ts'

export function CompareView({ tenant = '' }: PageProps) {
  const [fileName, setFileName] = useState<string>()
  const { result, problem, busy, run } = useTask<Reconciliation>()
  const compare = (file: File) => {
    setFileName(file.name)
    return run(async () =>
      call('POST /tenants/:tenant/reconcile', {
        params: { tenant },
        body: { text: await file.text(), name: file.name },
      }),
    )
  }
  return (
    <>
      <FilePicker
        label="Drop a file here or choose one"
        onFiles={([file]) => {
          if (file) void compare(file)
        }}
      >
        The CSV file from <em>Users, Download users</em> or <em>Groups, Download groups</em> in the Microsoft
        Entra admin center, or the JSON of Microsoft Graph’s <code>/users</code> or <code>/groups</code>.
        Nothing is changed, and the file is not stored.
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

const formatNumber = (count: number): string => count.toLocaleString('en')

const toMarkdown = ({ missing, extra, different }: Reconciliation): string =>
  [
    '# Reconciliation',
    ...[
      { title: 'Missing', lines: missing.map(({ label }) => label) },
      { title: 'Extra', lines: extra.map(({ label, status }) => `${label}: ${status}`) },
      {
        title: 'Different',
        lines: different.map(
          ({ label, differences }) => `${label}: ${differences.map(({ path }) => path).join(', ')}`,
        ),
      },
    ]
      .filter(({ lines }) => lines.length > 0)
      .map(({ title, lines }) => toMarkdownSection({ title: `${title} (${lines.length})`, lines })),
  ].join('\n\n')

type Row = {
  readonly key: string
  readonly result: 'missing' | 'extra' | 'different'
  readonly label: string
  readonly id?: string
  readonly path?: string
  readonly exported: string
  readonly present: string
}

/** A row for each missing or extra object, and for each difference. */
const rowsOf = ({ missing, extra, different }: Reconciliation): readonly Row[] => [
  ...missing.map(({ label, line }, at) => ({
    ...{ key: `missing ${at}`, result: 'missing' as const, label },
    exported: line === undefined ? '' : `line ${line}`,
    present: '',
  })),
  ...extra.map(({ id, label, status }) => ({
    ...{ key: `extra ${id}`, result: 'extra' as const, label, id },
    exported: '',
    present: status,
  })),
  ...different.flatMap(({ id, label, differences }) =>
    differences.map(({ path, export: exported, directory }) => ({
      ...{ key: `different ${id} ${path}`, result: 'different' as const, label, id, path },
      exported: formatValue(exported),
      present: formatValue(directory),
    })),
  ),
]

const rowsAtOnce = 200

const ResultView = ({ result, tenant }: { readonly result: Reconciliation; readonly tenant: string }) => {
  const [count, setCount] = useState(rowsAtOnce)
  const text = (query.value.get('text') ?? '').toLowerCase()
  const rows = rowsOf(result).filter(
    ({ label, result: kind }) => label.toLowerCase().includes(text) || kind === text,
  )
  return (
    <>
      <p role="status">
        {formatCount(result.read, result.type.toLowerCase())} read, {formatNumber(result.inSync)} in sync,{' '}
        {formatNumber(result.missing.length)} missing, {formatNumber(result.extra.length)} extra,{' '}
        {formatNumber(result.different.length)} different.
        {result.ignored.length > 0 && (
          <span class="muted"> Ignored columns: {escapeHidden(result.ignored.join(', '))}.</span>
        )}
      </p>
      <Collection
        noun={['difference', 'differences']}
        rows={{
          ...loadedRows(rows.slice(0, count)),
          hasMore: { value: rows.length > count },
          loadMore: () => setCount(count + rowsAtOnce),
          all: async () => rows,
        }}
        columns={columnsOf(result.type, tenant)}
        keyOf={({ key }) => key}
        total={rows.length}
        filter={{ name: 'text', hint: 'Filter: name, missing, extra, different' }}
        file="reconciliation.csv"
        tools={
          <CopyButton text={toMarkdown(result)} what="as Markdown">
            Copy as Markdown
          </CopyButton>
        }
        empty="No differences."
      />
    </>
  )
}

const columnsOf = (type: Reconciliation['type'], tenant: string): readonly Column<Row>[] => [
  {
    name: 'Name',
    text: ({ label }) => label,
    of: ({ id, label }) => <ResourceLink type={type} id={id} tenant={tenant} text={label} />,
    kind: 'name',
  },
  { name: 'Result', text: ({ result }) => result, always: true },
  { name: 'ID', text: ({ id }) => id, extra: true },
  { name: 'Attribute', text: ({ path }) => path, code: true },
  { name: 'In the export', text: ({ exported }) => exported },
  {
    name: 'In this tenant',
    text: ({ present }) => present,
    of: ({ label, result, present }) =>
      result === 'missing' ? (
        <WhyMissing label={label} type={type} tenant={tenant} />
      ) : (
        <ClientText text={present} />
      ),
    kind: 'rest',
    always: true,
  },
]

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
    return (
      <ResourceLink type={type} id={identity.id} tenant={tenant}>
        {identity.status === 'retained' ? 'Deleted by its client' : 'Removed'}
      </ResourceLink>
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

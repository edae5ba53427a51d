import { useEffect, useRef } from 'preact/hooks'
import type { AuditCaller, AuditEntry, AuditFormat } from '../../domain/contract/audit.ts'
import { fetchContent } from '../api.ts'
import { ExportMenu } from '../components/dropdown.tsx'
import { Badge, Empty } from '../components/feedback.tsx'
import { Field } from '../components/field.tsx'
import { PageHead } from '../components/layout.tsx'
import { type Column, PagedTable } from '../components/table.tsx'
import { ClientText, Time } from '../components/text.tsx'
import { formatSpan } from '../format.ts'
import { onLive } from '../live.ts'
import { usePages } from '../load.ts'
import { query, setQuery } from '../router.ts'
import { statusTone } from './activity/rows.tsx'

const formatLabels: Readonly<Record<AuditFormat, string>> = { ndjson: 'NDJSON', csv: 'CSV' }
const fileNames: Readonly<Record<AuditFormat, string>> = { ndjson: 'audit.ndjson', csv: 'audit.csv' }

export function AuditPage() {
  const q = query.value.get('q') || undefined
  const pages = usePages('GET /audit', { query: { q } })
  useEffect(() => onLive('changed', pages.reload), [])
  return (
    <>
      <PageHead
        title="Audit"
        description="Changes at the console, refused changes, and sign-ins. Entries can’t be changed or deleted here."
      >
        <ExportMenu
          labels={formatLabels}
          fileNames={fileNames}
          fetchFile={format => fetchContent('GET /audit/export', { query: { format, q } })}
        />
      </PageHead>
      <Search q={q ?? ''} />
      <PagedTable
        pages={pages}
        caption="Audit log, newest first"
        columns={columns}
        keyOf={({ id }) => id}
        empty={
          q === undefined ? (
            <Empty title="No entries yet.">
              <p>Changes at the console appear here.</p>
            </Empty>
          ) : (
            <Empty title="No matching entries.">
              <p>
                <button type="button" onClick={() => setQuery({ q: undefined })}>
                  Clear search
                </button>
              </p>
            </Empty>
          )
        }
      />
    </>
  )
}

function Search({ q }: { readonly q: string }) {
  const field = useRef<HTMLInputElement>(null)
  // A link or Back may change the search.
  useEffect(() => {
    if (field.current) field.current.value = q
  }, [q])
  return (
    <search>
      <form
        class="audit-search"
        onSubmit={event => {
          event.preventDefault()
          setQuery({ q: field.current?.value.trim() })
        }}
      >
        <Field
          label="Search the audit log"
          description={
            <>
              All terms must match: <code>who:anna</code> <code>operation:purge</code>{' '}
              <code>tenant:acme</code> <code>object:…</code> <code>status:4xx</code> <code>after:7d</code>, or
              other text. Prefix with <code>-</code> to exclude.
            </>
          }
        >
          {props => <input {...props} ref={field} type="search" defaultValue={q} spellcheck={false} />}
        </Field>
      </form>
    </search>
  )
}

const columns: readonly Column<AuditEntry>[] = [
  { name: 'Time', of: ({ at }) => <Time at={at} /> },
  { name: 'Who', of: entry => <Who {...entry} /> },
  {
    name: 'Action',
    of: ({ operation, tenant }) => (
      <>
        {formatOperation(operation)}
        {tenant !== undefined && (
          <div class="muted">
            in <ClientText text={tenant} />
          </div>
        )}
      </>
    ),
  },
  { name: 'Result', of: entry => <Result {...entry} /> },
  { name: 'Objects', of: entry => <Objects {...entry} />, wide: true },
  { name: 'Address', of: ({ address }) => address, wide: true },
]

const operationLabels: Readonly<Record<string, string>> = {
  signIn: 'Sign-in',
  stepUp: 'Sign-in to confirm an action',
  signOut: 'Sign-out',
}

function formatOperation(operation: string): string {
  const words = operation.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return operationLabels[operation] ?? words.slice(0, 1).toUpperCase() + words.slice(1)
}

const Who = ({ caller, authenticationAge, acr }: AuditEntry) => (
  <>
    <CallerName caller={caller} />
    {authenticationAge !== undefined && (
      <div class="muted">
        authenticated {formatSpan(authenticationAge * 1000)} before
        {acr !== undefined && (
          <>
            {' '}
            (<ClientText text={acr} />)
          </>
        )}
      </div>
    )}
  </>
)

function CallerName({ caller }: { readonly caller: AuditCaller }) {
  switch (caller.kind) {
    case 'open':
      return <>Anyone on this machine</>
    case 'unknown':
      return <>Unknown: the sign-in failed</>
    case 'token':
      return (
        <>
          <ClientText text={caller.name} /> <Badge>console token</Badge>
        </>
      )
    case 'person':
    case 'identity':
      return (
        <span title={`${caller.subject} at ${caller.issuer}`}>
          <ClientText text={caller.name ?? caller.subject} />{' '}
          {caller.kind === 'identity' && <Badge>access token</Badge>}
        </span>
      )
  }
}

const Result = ({ status, problem }: AuditEntry) => (
  <>
    {status === undefined ? (
      <Badge tone="warn">not completed</Badge>
    ) : (
      <Badge tone={statusTone(status)}>{status}</Badge>
    )}
    {problem !== undefined && <div class="muted">{problem}</div>}
  </>
)

const Objects = ({ objects, objectCount }: AuditEntry) => (
  <>
    {objects.map(id => (
      <div key={id}>
        <code>
          <ClientText text={id} />
        </code>
      </div>
    ))}
    {objectCount > objects.length && (
      <div class="muted">and {(objectCount - objects.length).toLocaleString('en')} more</div>
    )}
  </>
)

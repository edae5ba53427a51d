import { useState } from 'preact/hooks'
import type { Json } from '../answers.ts'
import { type ApiProblem, apiPath, post } from '../api.ts'
import { Badge, ClientText, escapeHidden, Loading, PageHead, ProblemBox } from '../components/elements.tsx'
import { formatValue } from '../components/json.tsx'
import { formatCount } from '../format.ts'
import { toApiProblem } from '../load.ts'
import { type PageProps, pathTo } from '../router.ts'

type Reconciliation = {
  readonly format: 'graph' | 'csv'
  readonly type: 'User' | 'Group'
  readonly read: number
  readonly inSync: number
  readonly missing: readonly { readonly label: string; readonly line?: number }[]
  readonly extra: readonly { readonly id: string; readonly label: string; readonly status: string }[]
  readonly different: readonly {
    readonly id: string
    readonly label: string
    readonly differences: readonly {
      readonly path: string
      readonly export?: Json
      readonly directory?: Json
    }[]
  }[]
  readonly ignored: readonly string[]
}

/** Holds an export of Entra's directory against the tenant's: who is missing, who is too many, who is different. */
export function ReconcilePage({ tenant = '' }: PageProps) {
  const [file, setFile] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [found, setFound] = useState<Reconciliation>()
  const [problem, setProblem] = useState<ApiProblem>()
  const read = async (chosen: File) => {
    setFile(chosen.name)
    setBusy(true)
    setFound(undefined)
    setProblem(undefined)
    try {
      const text = await chosen.text()
      setFound(await post(apiPath(['tenants', tenant, 'reconcile']), { text, name: chosen.name }))
    } catch (error) {
      setProblem(toApiProblem(error))
    }
    setBusy(false)
  }
  return (
    <>
      <PageHead
        title="Reconcile"
        description="Hold an export of Entra’s directory against this one. Nothing is changed, and the file is not kept."
      />
      <FileChoice read={read} />
      {file !== undefined && (
        <p class="muted">
          File: <ClientText text={file} />
        </p>
      )}
      {busy && <Loading what="Comparing" />}
      {problem && <BrokenFile problem={problem} />}
      {found && <Result found={found} tenant={tenant} />}
    </>
  )
}

function FileChoice({ read }: { readonly read: (file: File) => void }) {
  const [over, setOver] = useState(false)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the file field in it does the same by keyboard
    <div
      class={`drop-zone ${over ? 'over' : ''}`}
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        event.preventDefault()
        setOver(false)
        const [file] = event.dataTransfer?.files ?? []
        if (file) read(file)
      }}
    >
      <p>
        <label for="export">Drop a file here, or choose one</label>
      </p>
      <p>
        <input
          id="export"
          type="file"
          accept=".json,.csv,application/json,text/csv"
          onChange={event => {
            const [file] = event.currentTarget.files ?? []
            if (file) read(file)
            event.currentTarget.value = ''
          }}
        />
      </p>
      <p class="muted">
        The CSV of <em>Users, Download users</em> or <em>Groups, Download groups</em> in the Entra admin
        centre, or the JSON of Microsoft Graph’s <code>/users</code> or <code>/groups</code>.
      </p>
    </div>
  )
}

const BrokenFile = ({ problem }: { readonly problem: ApiProblem }) => (
  <ProblemBox problem={problem}>
    {problem.errors.length > 1 && (
      <ul>
        {problem.errors.map(({ message }) => (
          <li key={message}>{message}</li>
        ))}
      </ul>
    )}
  </ProblemBox>
)

/** So many of a kind are shown at first. */
const maxShown = 200

const Result = ({ found, tenant }: { readonly found: Reconciliation; readonly tenant: string }) => {
  const page = found.type === 'Group' ? 'group' : 'user'
  const link = (id: string, label: string) => (
    <a href={pathTo(page, { tenant, id })}>
      <ClientText text={label} />
    </a>
  )
  return (
    <>
      <p class="card" role="status">
        {formatCount(found.read, found.type.toLowerCase())} read, {found.inSync} in sync,{' '}
        {found.missing.length} missing, {found.extra.length} extra, {found.different.length} different.
        {found.ignored.length > 0 && (
          <span class="muted"> Columns without a counterpart: {escapeHidden(found.ignored.join(', '))}.</span>
        )}
      </p>
      <ResultSection title="Missing" description="In the export, and not here." count={found.missing.length}>
        {found.missing.slice(0, maxShown).map(({ label, line }, at) => (
          <li key={at}>
            <ClientText text={label} /> {line !== undefined && <span class="muted">line {line}</span>}
          </li>
        ))}
      </ResultSection>
      <ResultSection title="Extra" description="Here, and not in the export." count={found.extra.length}>
        {found.extra.slice(0, maxShown).map(({ id, label, status }) => (
          <li key={id}>
            {link(id, label)} <Badge>{status}</Badge>
          </li>
        ))}
      </ResultSection>
      <ResultSection
        title="Different"
        description="In both, with other values."
        count={found.different.length}
      >
        {found.different.slice(0, maxShown).map(({ id, label, differences }) => (
          <li key={id}>
            {link(id, label)}
            <ul>
              {differences.map(({ path, export: wanted, directory }) => (
                <li key={path}>
                  <code>{escapeHidden(path)}</code>: <ins>{formatValue(wanted) || 'nothing'}</ins> in the
                  export, <del>{formatValue(directory) || 'nothing'}</del> here
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
        {title} ({count})
      </h2>
      <p class="muted">
        {description} {count > maxShown && `The first ${maxShown} are shown; the API and the CLI tell all.`}
      </p>
      <ul>{children}</ul>
    </section>
  )
}

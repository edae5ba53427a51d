import { useState } from 'preact/hooks'
import type { Reconciliation } from '../../contract/reconcile.ts'
import { type ApiProblem, call } from '../api.ts'
import { Badge, FileProblem, Loading } from '../components/feedback.tsx'
import { FilePicker } from '../components/file-picker.tsx'
import { formatValue } from '../components/json.tsx'
import { PageHead } from '../components/layout.tsx'
import { ClientText, escapeHidden } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { toApiProblem } from '../load.ts'
import { type PageProps, pathTo } from '../router.ts'

/** Compares an Entra ID export with the tenant: missing, extra and different users or groups. */
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

const ResultView = ({ result, tenant }: { readonly result: Reconciliation; readonly tenant: string }) => {
  const page = result.type === 'Group' ? 'group' : 'user'
  const link = (id: string, label: string) => (
    <a href={pathTo(page, { tenant, id })}>
      <ClientText text={label} />
    </a>
  )
  return (
    <>
      <p class="card" role="status">
        {formatCount(result.read, result.type.toLowerCase())} read, {result.inSync} in sync,{' '}
        {result.missing.length} missing, {result.extra.length} extra, {result.different.length} different.
        {result.ignored.length > 0 && (
          <span class="muted"> Ignored columns: {escapeHidden(result.ignored.join(', '))}.</span>
        )}
      </p>
      <ResultSection
        title="Missing"
        description="In the export, but not in this tenant."
        count={result.missing.length}
      >
        {result.missing.slice(0, maxShown).map(({ label, line }, index) => (
          <li key={index}>
            <ClientText text={label} /> {line !== undefined && <span class="muted">line {line}</span>}
          </li>
        ))}
      </ResultSection>
      <ResultSection
        title="Extra"
        description="In this tenant, but not in the export."
        count={result.extra.length}
      >
        {result.extra.slice(0, maxShown).map(({ id, label, status }) => (
          <li key={id}>
            {link(id, label)} <Badge>{status}</Badge>
          </li>
        ))}
      </ResultSection>
      <ResultSection
        title="Different"
        description="In both, with different values."
        count={result.different.length}
      >
        {result.different.slice(0, maxShown).map(({ id, label, differences }) => (
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
        {title} ({count})
      </h2>
      <p class="muted">
        {description} {count > maxShown && `First ${maxShown} shown; the API and the CLI return all.`}
      </p>
      <ul>{children}</ul>
    </section>
  )
}

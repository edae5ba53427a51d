import { useEffect, useRef, useState } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { FailureMap, FindingGroup, Findings, Quarantine } from '../../../domain/contract/findings.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { Analyzing, Loading, ProblemBox, Waiting } from '../../components/feedback.tsx'
import { bySeverity } from '../../components/finding.tsx'
import { useForms } from '../../components/form.tsx'
import { ViewedPage } from '../../components/layout.tsx'
import { OnDemand } from '../../components/on-demand.tsx'
import { Time } from '../../components/text.tsx'
import { viewIn } from '../../components/views.tsx'
import { formatCount } from '../../format.ts'
import { onLive } from '../../live.ts'
import { type Loaded, useAnalysisRefresh, useLoad } from '../../load.ts'
import { pathTo, query } from '../../router.ts'
import { currentTenant, pageTenant } from '../../state.ts'
import { shortPath } from '../exchange/texts.ts'
import { FindingRow, keyOf } from './finding-row.tsx'
import { listToMarkdown } from './markdown.ts'

type View = 'fix' | 'injected' | 'muted'

const labels: Readonly<Record<View, string>> = { fix: 'To fix', injected: 'Injected', muted: 'Muted' }

const viewOf = ({ mute, injected }: FindingGroup): View => (mute ? 'muted' : injected ? 'injected' : 'fix')

const isNote = ({ severity }: FindingGroup): boolean => severity === 'note'

export function FindingsPage() {
  const tenant = pageTenant.value
  const findings = useLoad('GET /findings', { query: { tenant } })
  useAnalysisRefresh(findings)
  useEffect(() => onLive('finding', findings.reload), [])
  useEffect(() => onLive('restart', findings.reload), [])
  useEffect(() => onLive('changed', ({ what }) => what === 'findings' && findings.reload()), [])
  const loaded = findings.value.value
  const all = loaded?.items ?? []
  const countOf = (view: View) =>
    loaded?.analysis.current ? all.filter(one => viewOf(one) === view && !isNote(one)).length : undefined
  const views = {
    fix: { label: labels.fix, count: countOf('fix'), isBad: true },
    injected: { label: labels.injected, count: countOf('injected') },
    muted: { label: labels.muted, count: loaded && all.filter(({ mute }) => mute).length },
    check: { label: 'Check an export' },
  }
  const view = viewIn(views)
  const shown = view === 'check' ? [] : inOrder(all.filter(one => viewOf(one) === view))
  return (
    <ViewedPage
      title="Findings"
      views={views}
      actions={
        view !== 'check' &&
        shown.length > 0 && (
          <CopyButton text={listToMarkdown(labels[view], shown)} what="as Markdown">
            Copy as Markdown
          </CopyButton>
        )
      }
    >
      {view !== 'check' && <List findings={findings} shown={shown} view={view} />}
      {view === 'check' && currentTenant.value !== undefined && (
        <OnDemand name="PreflightPage" tenant={currentTenant.value} key={currentTenant.value} />
      )}
    </ViewedPage>
  )
}

/** Not by time: a list must not move while requests arrive. */
const inOrder = (findings: readonly FindingGroup[]): readonly FindingGroup[] =>
  findings.toSorted(
    (one, other) =>
      bySeverity(one, other) || other.subjects - one.subjects || (keyOf(one) < keyOf(other) ? -1 : 1),
  )

function List({
  findings,
  shown,
  view,
}: {
  readonly findings: Loaded<Findings>
  readonly shown: readonly FindingGroup[]
  readonly view: View
}) {
  const { open, dialog } = useForms(findings.reload)
  const loaded = findings.value.value
  const problem = findings.problem.value
  const own = shown.filter(({ origin }) => origin === 'provisioning')
  const others = shown.filter(({ origin }) => origin !== 'provisioning')
  const isFolded = view === 'fix'
  const toRows = (some: readonly FindingGroup[]) =>
    some.map(finding => (
      <FindingRow key={keyOf(finding)} finding={finding} onChanged={findings.reload} open={open} />
    ))
  const notes = own.filter(isNote)
  // Stays so: the person may close them.
  const areNotesOpen = useRef(false)
  areNotesOpen.current ||=
    notes.length > 0 &&
    (notes.length === own.length || notes.some(one => keyOf(one) === query.value.get('finding')))
  const tenants = [...new Set(shown.map(({ tenant }) => tenant))]
  const mapped = pageTenant.value ?? (tenants.length === 1 ? tenants[0] : undefined)
  return (
    <>
      {problem && <ProblemBox problem={problem} />}
      {!loaded && !problem && <Loading />}
      {loaded && !loaded.analysis.current && (
        <>
          <Analyzing analysis={loaded.analysis} />
          <p class="muted">
            Findings include requests until <Time at={loaded.analysis.until} /> by the server’s clock.
          </p>
        </>
      )}
      {view === 'fix' && loaded?.quarantine.map(one => <QuarantineLine key={one.tenant} quarantine={one} />)}
      {loaded?.analysis.current && shown.length === 0 && (
        <p class="muted">
          {view === 'fix' ? 'Nothing to fix.' : `No ${labels[view].toLowerCase()} findings.`}
        </p>
      )}
      <section aria-label={labels[view]}>{toRows(isFolded ? own.filter(one => !isNote(one)) : own)}</section>
      {others.length > 0 && (
        <section aria-label="Other clients" class="part">
          <h2>Other clients</h2>
          {toRows(others)}
        </section>
      )}
      {isFolded && notes.length > 0 && (
        <details class="part" open={areNotesOpen.current || undefined}>
          <summary>{formatCount(notes.length, 'note')} about the client</summary>
          {toRows(notes)}
        </details>
      )}
      {view === 'fix' && shown.length > 0 && mapped !== undefined && (
        <FailureMapPanel key={mapped} tenant={mapped} />
      )}
      {loaded && <Waiting {...loaded} />}
      {dialog}
    </>
  )
}

const quarantineLabels: Readonly<Record<'at-risk' | 'quarantined', readonly [label: string, tone: string]>> =
  {
    // The detail says how far the job is from the threshold.
    'at-risk': ['Failing', 'warn'],
    quarantined: ['Would be quarantined', 'bad'],
  }

const QuarantineLine = ({ quarantine: { status, tenant, detail } }: { readonly quarantine: Quarantine }) => {
  if (status !== 'at-risk' && status !== 'quarantined') return null
  const [label, tone] = quarantineLabels[status]
  return (
    <p class="quarantine">
      <span class={tone}>
        <b>{label}:</b>
      </span>{' '}
      the Entra provisioning job for {tenant}. {detail}{' '}
      <span class="muted">An estimate based on Microsoft’s documentation of quarantine.</span>
    </p>
  )
}

function FailureMapPanel({ tenant }: { readonly tenant: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="part" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>Where do failures come from?</summary>
      {isOpen && <LoadedMap tenant={tenant} />}
    </details>
  )
}

function LoadedMap({ tenant }: { readonly tenant: string }) {
  const loaded = useLoad('GET /tenants/:tenant/failure-map', { params: { tenant } })
  const map = loaded.value.value
  const problem = loaded.problem.value
  if (problem) return <ProblemBox problem={problem} />
  if (!map) return <Loading />
  if (map.rows.length === 0) return <p class="muted">No request breaks a rule of AWS.</p>
  return <MapTable map={map} tenant={tenant} />
}

const anyAttribute = '(whole request)'

const nameOf = ({ attribute = anyAttribute }: FailureMap['rows'][number]['cells'][number]) => attribute

function MapTable({
  map: { rows, requests },
  tenant,
}: {
  readonly map: FailureMap
  readonly tenant: string
}) {
  const attributes = [...new Set(rows.flatMap(({ cells }) => cells.map(nameOf)))]
  const most = Math.max(1, ...rows.flatMap(({ cells }) => cells.map(({ count }) => count)))
  return (
    <>
      <p class="muted">
        The newest {formatCount(requests, 'request')} to {tenant} that AWS rejects or would reject, by rule
        and attribute.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable frame must be focusable */}
      <section class="table-frame" tabIndex={0} aria-label="Failures by rule and attribute">
        <table class="heat-map">
          <caption class="visually-hidden">Failures by rule and attribute</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              {attributes.map(name => (
                <th key={name} scope="col" class="numeric">
                  <code title={escapeHidden(name)}>{shortPath(name)}</code>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ rule, cells }) => (
              <tr key={rule}>
                <th scope="row">
                  <a href={pathTo('activity', {}, { q: `finding:${rule}`, tenant })}>{rule}</a>
                </th>
                {attributes.map(name => {
                  const count = cells.find(cell => nameOf(cell) === name)?.count
                  return (
                    <td
                      key={name}
                      class="numeric"
                      data-heat={count === undefined ? undefined : Math.ceil((count / most) * 4)}
                    >
                      {count?.toLocaleString('en')}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

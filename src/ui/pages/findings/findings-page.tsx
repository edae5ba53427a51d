import { useEffect, useState } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  AnalysisProgress,
  FailureMap,
  FindingGroup,
  Quarantine,
} from '../../../domain/contract/findings.ts'
import { CopyButton } from '../../components/buttons.tsx'
import {
  Analyzing,
  Badge,
  Empty,
  Loading,
  ProblemBox,
  type Tone,
  Waiting,
} from '../../components/feedback.tsx'
import { PageHead } from '../../components/layout.tsx'
import { Table } from '../../components/table.tsx'
import { Time } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { onLive } from '../../live.ts'
import { useAnalysisRefresh, useLoad } from '../../load.ts'
import { pathTo, query, setQuery } from '../../router.ts'
import { pageTenant } from '../../state.ts'
import { columnsFor, keyOf } from './columns.tsx'
import { FindingDrawer } from './finding-drawer.tsx'
import { listToMarkdown } from './markdown.ts'

const tabs = {
  error: 'Errors',
  warning: 'Warnings',
  note: 'Notes',
  injected: 'Injected',
  muted: 'Muted',
} as const
type Tab = keyof typeof tabs

const tabOf = ({ mute, injected, severity }: FindingGroup): Tab =>
  mute ? 'muted' : injected ? 'injected' : severity

export function FindingsPage() {
  const tenant = pageTenant.value
  const findings = useLoad('GET /findings', { query: { tenant } })
  useAnalysisRefresh(findings)
  useEffect(() => onLive('finding', findings.reload), [])
  useEffect(() => onLive('restart', findings.reload), [])
  useEffect(() => onLive('changed', ({ what }) => what === 'findings' && findings.reload()), [])
  const loaded = findings.value.value
  const problem = findings.problem.value
  const all = sortByOrigin(loaded?.items ?? [])
  const tab = selectedTab(all)
  const shown = all.filter(finding => tabOf(finding) === tab)
  const mapped = tenant ?? (all.some(one => one.tenant !== all[0]?.tenant) ? undefined : all[0]?.tenant)
  const openKey = query.value.get('finding')
  const open = openKey === null ? undefined : all.find(finding => keyOf(finding) === openKey)
  return (
    <>
      <PageHead
        title="Findings"
        description="Problems in the client’s requests, what AWS would reject, and how to fix it in Entra."
      >
        {shown.length > 0 && (
          <CopyButton text={listToMarkdown(tabs[tab], shown)} what="as Markdown">
            Copy as Markdown
          </CopyButton>
        )}
      </PageHead>
      {problem && <ProblemBox problem={problem} />}
      {!loaded && !problem && <Loading />}
      {loaded && !loaded.analysis.current && <AnalyzingCard analysis={loaded.analysis} />}
      {loaded?.quarantine.map(quarantine => (
        <QuarantineCard key={quarantine.tenant} quarantine={quarantine} />
      ))}
      {loaded?.analysis.current && all.length === 0 && (
        <Empty title="No findings.">
          <p>Each request is analyzed as it arrives. Problems appear here.</p>
        </Empty>
      )}
      {all.length > 0 && mapped !== undefined && <FailureMapPanel key={mapped} tenant={mapped} />}
      {all.length > 0 && <Tabs tab={tab} findings={all} />}
      <FindingTables title={tabs[tab]} findings={shown} />
      {all.length > 0 && shown.length === 0 && <Empty title={`No findings under ${tabs[tab]}.`} />}
      {loaded && <Waiting {...loaded} />}
      {open && <FindingDrawer finding={open} onChanged={findings.reload} />}
    </>
  )
}

/** Findings of other clients are listed apart: they don't affect the provisioning job. */
const FindingTables = ({
  title,
  findings,
}: {
  readonly title: string
  readonly findings: readonly FindingGroup[]
}) => {
  const columns = columnsFor(title === tabs.muted)
  const own = findings.filter(({ origin }) => origin === 'provisioning')
  const others = findings.filter(({ origin }) => origin !== 'provisioning')
  return (
    <>
      {own.length > 0 && <Table caption={title} columns={columns} items={own} keyOf={keyOf} />}
      {others.length > 0 && (
        <div class="below-table">
          <h2>Other clients</h2>
          <p class="muted">These findings have no effect on the provisioning job.</p>
          <Table caption={`${title} of other clients`} columns={columns} items={others} keyOf={keyOf} />
        </div>
      )}
    </>
  )
}

const sortByOrigin = (findings: readonly FindingGroup[]): readonly FindingGroup[] => [
  ...findings.filter(({ origin }) => origin === 'provisioning'),
  ...findings.filter(({ origin }) => origin !== 'provisioning'),
]

function selectedTab(findings: readonly FindingGroup[]): Tab {
  const names = Object.keys(tabs) as readonly Tab[]
  const chosen = names.find(name => name === query.value.get('tab'))
  return chosen ?? names.find(name => findings.some(finding => tabOf(finding) === name)) ?? 'error'
}

const Tabs = ({ tab, findings }: { readonly tab: Tab; readonly findings: readonly FindingGroup[] }) => (
  <fieldset class="tabs">
    <legend class="visually-hidden">Severity</legend>
    {Object.entries(tabs).map(([name, label]) => (
      <button key={name} type="button" aria-pressed={tab === name} onClick={() => setQuery({ tab: name })}>
        {label} ({findings.filter(finding => tabOf(finding) === name).length})
      </button>
    ))}
  </fieldset>
)

const quarantineLabels: Readonly<
  Record<Exclude<Quarantine['status'], 'analyzing'>, readonly [label: string, tone: Tone]>
> = {
  healthy: ['Healthy', 'good'],
  'at-risk': ['At risk', 'warn'],
  quarantined: ['Would be quarantined', 'bad'],
}

const AnalyzingCard = ({ analysis }: { readonly analysis: AnalysisProgress }) => (
  <article class="card">
    <h2>Analysis</h2>
    <Analyzing analysis={analysis} />
    <p class="muted">
      Findings include requests until <Time at={analysis.until} /> by the server’s clock. The state of
      provisioning jobs follows.
    </p>
  </article>
)

const QuarantineCard = ({ quarantine }: { readonly quarantine: Quarantine }) => {
  if (quarantine.status === 'analyzing') return null
  const [label, tone] = quarantineLabels[quarantine.status]
  return (
    <article class="card">
      <h2>Entra provisioning job for {quarantine.tenant}</h2>
      <p>
        <Badge tone={tone}>{label}</Badge> {quarantine.detail}
      </p>
      <p class="muted">An estimate based on Microsoft’s documentation of quarantine.</p>
    </article>
  )
}

function FailureMapPanel({ tenant }: { readonly tenant: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="card" onToggle={event => setOpen(event.currentTarget.open)}>
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
                  <code title={name}>{escapeHidden(name.replace(/^urn:.*:/, ''))}</code>
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

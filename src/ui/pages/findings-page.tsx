import { useEffect } from 'preact/hooks'
import type { FindingGroup, Quarantine } from '../../contract/findings.ts'
import { Badge, Empty, Loading, ProblemBox, type Tone } from '../components/feedback.tsx'
import { PageHead } from '../components/layout.tsx'
import { ClientText, Prose, Source, Time } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { onLive } from '../live.ts'
import { useLoad } from '../load.ts'
import { pathTo, query, setQuery } from '../router.ts'
import { tenants } from '../state.ts'
import { severityTones } from './exchange/finding-cards.tsx'

/** Problems in the requests of clients, and an estimate of Entra's provisioning job. */
export function FindingsPage() {
  const tenant = query.value.get('tenant') || undefined
  const findings = useLoad('GET /findings', { query: { tenant } })
  useEffect(() => onLive('finding', findings.reload), [])
  useEffect(() => onLive('restart', findings.reload), [])
  const loaded = findings.value.value
  const problem = findings.problem.value
  return (
    <>
      <PageHead
        title="Findings"
        description="Problems in the client’s requests, what AWS would reject, and how to fix it in Entra."
      >
        <TenantFilter tenant={tenant} />
      </PageHead>
      {problem && <ProblemBox problem={problem} />}
      {!loaded && !problem && <Loading />}
      {loaded?.quarantine.map(quarantine => (
        <QuarantineCard key={quarantine.tenant} quarantine={quarantine} />
      ))}
      {loaded && loaded.waiting > 0 && (
        <p class="muted">{formatCount(loaded.waiting, 'request')} not analyzed yet.</p>
      )}
      {loaded && loaded.items.length === 0 && (
        <Empty title="No findings.">
          <p>Each request is analyzed as it arrives. Problems appear here.</p>
        </Empty>
      )}
      {loaded && <Groups findings={loaded.items} />}
    </>
  )
}

const severityRank = { error: 2, warning: 1, note: 0 } as const

/** Findings of other clients are listed apart: they don't affect the provisioning job. */
const Groups = ({ findings }: { readonly findings: readonly FindingGroup[] }) => {
  const bySeverity = findings.toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity])
  const ofOrigin = (findingOrigin: FindingGroup['origin']) =>
    bySeverity.filter(({ origin }) => origin === findingOrigin)
  return (
    <>
      <Provisioning findings={ofOrigin('provisioning')} />
      <OtherFindings title="In ad-hoc requests" findings={ofOrigin('ad-hoc')} />
      <OtherFindings title="In compliance runs" findings={ofOrigin('compliance')} />
    </>
  )
}

type FindingSection = { readonly title: string; readonly findings: readonly FindingGroup[] }

const OtherFindings = ({ title, findings }: FindingSection) =>
  findings.length === 0 ? null : (
    <details>
      <summary>
        {title}: {formatCount(findings.length, 'finding')} (no effect on the provisioning job)
      </summary>
      <Section title={title} findings={findings} />
    </details>
  )

const Provisioning = ({ findings }: { readonly findings: readonly FindingGroup[] }) => {
  const failsOnAws = ({ id, severity }: FindingGroup) => id.startsWith('aws/') && severity === 'error'
  const isDirectWrite = ({ id }: FindingGroup) => id.startsWith('identity-store/')
  const rejected = findings.filter(failsOnAws)
  const direct = findings.filter(isDirectWrite)
  const others = findings.filter(finding => !failsOnAws(finding) && !isDirectWrite(finding))
  return (
    <>
      {rejected.length > 0 && <Section title="Would fail on AWS" findings={rejected} />}
      {direct.length > 0 && <Section title="Changes past the identity provider" findings={direct} />}
      {others.length > 0 && <Section title="Client behavior" findings={others} />}
    </>
  )
}

const Section = ({ title, findings }: FindingSection) => (
  <section aria-label={title}>
    <h2>{title}</h2>
    {findings.map(finding => (
      <GroupCard key={`${finding.tenant} ${finding.id}`} finding={finding} />
    ))}
  </section>
)

const GroupCard = ({ finding }: { readonly finding: FindingGroup }) => (
  <article class="card finding">
    <h3>
      <Badge tone={severityTones[finding.severity]}>{finding.severity}</Badge> <Prose text={finding.title} />
    </h3>
    <p class="muted">
      {formatCount(finding.count, 'request')}, {formatCount(finding.subjects, 'object')}, in {finding.tenant},
      last <Time at={finding.last} />
    </p>
    <p>
      <Prose text={finding.reason} />
    </p>
    <p>
      <strong>How to fix:</strong> <Prose text={finding.remedy} />
    </p>
    <details>
      <summary>Evidence</summary>
      <ul class="plain evidence">
        {finding.evidence.map(({ exchange, at, subject, detail }, index) => (
          <li key={index}>
            <a href={pathTo('exchange', { id: exchange })}>
              <Time at={at} />
            </a>{' '}
            {subject !== undefined && (
              <strong>
                <ClientText text={subject} />
              </strong>
            )}{' '}
            <ClientText text={detail} />
          </li>
        ))}
      </ul>
    </details>
    <p class="muted">
      <a href={pathTo('activity', {}, { q: `finding:${finding.id} tenant:${finding.tenant}` })}>
        View requests
      </a>{' '}
      · <code>{finding.id}</code>
      {finding.basis && ` · ${finding.basis}`}
      {finding.source && (
        <>
          {' · '}
          <Source text={finding.source} />
        </>
      )}
    </p>
  </article>
)

const quarantineLabels: Readonly<Record<Quarantine['status'], readonly [label: string, tone: Tone]>> = {
  healthy: ['Healthy', 'good'],
  'at-risk': ['At risk', 'warn'],
  quarantined: ['Would be quarantined', 'bad'],
}

const QuarantineCard = ({ quarantine }: { readonly quarantine: Quarantine }) => {
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

function TenantFilter({ tenant }: { readonly tenant: string | undefined }) {
  const all = tenants.value ?? []
  if (all.length < 2) return null
  return (
    <label>
      Tenant{' '}
      <select value={tenant ?? ''} onChange={event => setQuery({ tenant: event.currentTarget.value })}>
        <option value="">all</option>
        {all.map(({ id }) => (
          <option key={id} value={id}>
            {id}
          </option>
        ))}
      </select>
    </label>
  )
}

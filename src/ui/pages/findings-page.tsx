import { useEffect } from 'preact/hooks'
import type { FindingGroup, Findings, Quarantine } from '../answers.ts'
import { apiPath } from '../api.ts'
import {
  Badge,
  ClientText,
  Empty,
  Loading,
  PageHead,
  ProblemBox,
  Prose,
  Source,
  Time,
  type Tone,
} from '../components/elements.tsx'
import { formatCount } from '../format.ts'
import { onLive } from '../live.ts'
import { useLoad } from '../load.ts'
import { pathTo, query, setQuery } from '../router.ts'
import { tenants } from '../state.ts'
import { severityTones } from './exchange/finding-cards.tsx'

/** What is odd about what clients send, and what would fail on AWS. */
export function FindingsPage() {
  const tenant = query.value.get('tenant') ?? undefined
  const findings = useLoad<Findings>(apiPath(['findings'], { tenant }))
  useEffect(() => onLive('finding', findings.reload), [])
  useEffect(() => onLive('restart', findings.reload), [])
  const known = findings.value.value
  const problem = findings.problem.value
  return (
    <>
      <PageHead
        title="Findings"
        description="What is odd about what the client sends, what AWS would refuse, and what to change in Entra."
      >
        <TenantFilter tenant={tenant} />
      </PageHead>
      {problem && <ProblemBox problem={problem} />}
      {!known && !problem && <Loading />}
      {known?.quarantine.map(one => (
        <QuarantineCard key={one.tenant} quarantine={one} />
      ))}
      {known && known.waiting > 0 && (
        <p class="muted">{formatCount(known.waiting, 'exchange')} not looked at yet.</p>
      )}
      {known && known.items.length === 0 && (
        <Empty title="Nothing found.">
          <p>Each request is looked at as it comes; what is odd about it is told here.</p>
        </Empty>
      )}
      {known && <Groups findings={known.items} />}
    </>
  )
}

const severityRank = { error: 2, warning: 1, note: 0 } as const

/** What others than a provisioning service send says nothing about its job. */
const Groups = ({ findings }: { readonly findings: readonly FindingGroup[] }) => {
  const bySeverity = findings.toSorted(
    (one, other) => severityRank[other.severity] - severityRank[one.severity],
  )
  const ofOrigin = (wanted: FindingGroup['origin']) => bySeverity.filter(({ origin }) => origin === wanted)
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
    <details class="apart">
      <summary>
        {title}: {formatCount(findings.length, 'finding')}, which say nothing about the provisioning job
      </summary>
      <Section title={title} findings={findings} />
    </details>
  )

const Provisioning = ({ findings }: { readonly findings: readonly FindingGroup[] }) => {
  const failsOnAws = ({ id, severity }: FindingGroup) => id.startsWith('aws/') && severity === 'error'
  const onAws = findings.filter(failsOnAws)
  const others = findings.filter(finding => !failsOnAws(finding))
  return (
    <>
      {onAws.length > 0 && <Section title="Would fail on AWS" findings={onAws} />}
      {others.length > 0 && <Section title="About the client" findings={others} />}
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
      {formatCount(finding.count, 'time')}, {formatCount(finding.subjects, 'subject')}, in {finding.tenant},
      last <Time at={finding.last} />
    </p>
    <p>
      <Prose text={finding.reason} />
    </p>
    <p>
      <strong>What to change:</strong> <Prose text={finding.remedy} />
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
        All exchanges with it
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

const quarantineLabels: Readonly<Record<Quarantine['status'], readonly [words: string, tone: Tone]>> = {
  healthy: ['would run on', 'good'],
  'at-risk': ['at risk', 'warn'],
  quarantined: ['would be quarantined', 'bad'],
}

const QuarantineCard = ({ quarantine }: { readonly quarantine: Quarantine }) => {
  const [words, tone] = quarantineLabels[quarantine.status]
  return (
    <article class="card">
      <h2>Entra’s provisioning job for {quarantine.tenant}</h2>
      <p>
        <Badge tone={tone}>{words}</Badge> {quarantine.detail}
      </p>
      <p class="muted">An estimate, from what Microsoft documents about quarantine.</p>
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

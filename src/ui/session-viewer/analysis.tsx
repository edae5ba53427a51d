import type { Cycle } from '../../domain/contract/cycles.ts'
import type { FindingGroup, Severity } from '../../domain/contract/findings.ts'
import { formatClient } from '../../scim/recognition/products.ts'
import { Badge, Empty, type Tone } from '../components/feedback.tsx'
import { PageHead } from '../components/layout.tsx'
import { ClientText, HowToFix, Prose, Source, TenantTime } from '../components/text.tsx'
import { formatCount } from '../format.ts'
import { hrefTo } from './address.ts'
import type { Session } from './session.ts'

const kinds: Readonly<Record<Cycle['kind'], string>> = {
  cycle: 'Cycle',
  'on-demand': 'On demand',
  'test-connection': 'Connection test',
  compliance: 'Compliance run',
  'ad-hoc': 'Ad-hoc requests',
}

const counts = ['requests', 'created', 'modified', 'disabled', 'deleted', 'failed'] as const

export const Cycles = ({ session: { cycles } }: { readonly session: Session }) => (
  <>
    <PageHead title="Cycles" />
    {cycles.length === 0 ? (
      <Empty title="No cycles." />
    ) : (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable frame must be focusable
      <section class="table-frame" tabIndex={0} aria-label="Cycles">
        <table>
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">Kind</th>
              <th scope="col">Client</th>
              {counts.map(name => (
                <th key={name} scope="col" class="numeric">
                  {name[0]?.toUpperCase() + name.slice(1)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cycles.map(cycle => (
              <tr key={cycle.id}>
                <td>
                  <a href={hrefTo({ view: 'requests', cycle: cycle.id })}>
                    <TenantTime at={cycle.started} tenantTime={cycle.tenantStarted} />
                  </a>
                </td>
                <td>{kinds[cycle.kind]}</td>
                <td>
                  <ClientText
                    text={
                      cycle.recognized ? formatClient(cycle.recognized) : (cycle.userAgent ?? cycle.client)
                    }
                  />
                </td>
                {counts.map(name => (
                  <td key={name} class="numeric">
                    {cycle[name]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    )}
  </>
)

const severityTones: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'warn', note: 'plain' }

export const Findings = ({ session }: { readonly session: Session }) => (
  <>
    <PageHead title="Findings" />
    {session.findings.length === 0 && <Empty title="No findings." />}
    {session.findings.map(finding => (
      <FindingCard key={`${finding.id} ${finding.origin}`} session={session} finding={finding} />
    ))}
  </>
)

const FindingCard = ({ session, finding }: { readonly session: Session; readonly finding: FindingGroup }) => (
  <article class="card finding">
    <h2>
      <Badge tone={severityTones[finding.severity]}>{finding.severity}</Badge>{' '}
      <Prose text={finding.headline ?? finding.title} />
    </h2>
    <p class="muted">
      {formatCount(finding.count, 'request')}, {formatCount(finding.subjects, 'object')}, last{' '}
      <TenantTime at={finding.last} tenantTime={finding.tenantLast} />
    </p>
    <p>
      <Prose text={finding.reason} />
    </p>
    <p>
      <HowToFix {...finding} />
    </p>
    <ul>
      {finding.evidence.map(({ exchange, detail }, index) => (
        <li key={index}>
          {session.requestById.has(exchange) ? (
            <a href={hrefTo({ view: 'request', id: exchange })}>
              <ClientText text={detail} />
            </a>
          ) : (
            <ClientText text={detail} />
          )}
        </li>
      ))}
    </ul>
    <p class="muted">
      <code>{finding.id}</code>
      {finding.source && (
        <>
          , <Source text={finding.source} />
        </>
      )}
    </p>
  </article>
)

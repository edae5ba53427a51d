import type { FindingGroup } from '../../../domain/contract/findings.ts'
import { Badge } from '../../components/feedback.tsx'
import type { Column } from '../../components/table.tsx'
import { ClientText, Prose, TenantTime } from '../../components/text.tsx'
import { pathTo, query } from '../../router.ts'
import { severityTones } from '../exchange/finding-cards.tsx'
import { Trend } from './trend.tsx'

export const keyOf = ({ tenant, id, origin }: FindingGroup): string => `${tenant} ${origin} ${id}`

const pathToFinding = (finding: FindingGroup): string =>
  pathTo('findings', {}, { ...Object.fromEntries(query.value), finding: keyOf(finding) })

const originLabels = { provisioning: undefined, compliance: 'compliance run', 'ad-hoc': 'ad-hoc' } as const

const columns: readonly Column<FindingGroup>[] = [
  {
    name: 'Severity',
    of: ({ severity }) => <Badge tone={severityTones[severity]}>{severity}</Badge>,
  },
  {
    name: 'Finding',
    of: finding => (
      <>
        <a href={pathToFinding(finding)} data-finding={keyOf(finding)}>
          <Prose text={finding.title} />
        </a>{' '}
        {originLabels[finding.origin] && <Badge>{originLabels[finding.origin]}</Badge>}
      </>
    ),
  },
  { name: 'Tenant', of: ({ tenant }) => tenant, wide: true },
  { name: 'Objects', of: ({ subjects }) => subjects.toLocaleString('en'), numeric: true },
  { name: 'Requests', of: ({ count }) => count.toLocaleString('en'), numeric: true, wide: true },
  { name: 'Last seen', of: ({ last, tenantLast }) => <TenantTime at={last} tenantTime={tenantLast} /> },
  { name: 'Trend', of: ({ trend }) => <Trend trend={trend} />, wide: true },
]

const muteColumn: Column<FindingGroup> = {
  name: 'Reason',
  of: ({ mute }) =>
    mute && (
      <>
        <ClientText text={mute.reason} />
        <span class="muted"> {mute.by !== undefined && <ClientText text={mute.by} />}</span>
      </>
    ),
}

export const columnsFor = (isMuted: boolean): readonly Column<FindingGroup>[] =>
  isMuted ? [...columns, muteColumn] : columns

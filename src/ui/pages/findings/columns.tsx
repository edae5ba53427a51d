import type { FindingGroup } from '../../../domain/contract/findings.ts'
import { Badge } from '../../components/feedback.tsx'
import type { Column } from '../../components/table.tsx'
import { ClientText, Prose, TenantTime } from '../../components/text.tsx'
import { pathTo, query } from '../../router.ts'
import { severityTones } from '../exchange/explanation.tsx'

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

const barWidth = 5
const gap = 2
const height = 20

export function Trend({ trend }: Pick<FindingGroup, 'trend'>) {
  if (trend.length === 0) return <span class="muted">no cycle yet</span>
  const most = Math.max(1, ...trend.map(({ count }) => count))
  const counts = trend.map(({ count }) => count).join(', ')
  const width = trend.length * (barWidth + gap) - gap
  return (
    <svg
      class="trend"
      role="img"
      aria-label={`Requests per cycle, oldest first: ${counts}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      <title>Requests per cycle, oldest first: {counts}</title>
      {trend.map(({ cycle, count }, nth) => {
        const bar = count === 0 ? 1 : Math.max(3, Math.round((count / most) * height))
        return (
          <rect
            key={cycle}
            class={count === 0 ? 'none' : ''}
            x={nth * (barWidth + gap)}
            y={height - bar}
            width={barWidth}
            height={bar}
          />
        )
      })}
    </svg>
  )
}

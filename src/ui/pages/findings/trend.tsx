import type { FindingGroup } from '../../../domain/contract/findings.ts'

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

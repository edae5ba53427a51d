import type { FindingGroup } from '../../../domain/contract/findings.ts'
import { call } from '../../api.ts'
import { ActionButton, CopyButton } from '../../components/buttons.tsx'
import { FindingText, weights } from '../../components/finding.tsx'
import { type AnyForm, form } from '../../components/form.tsx'
import { May } from '../../components/may.tsx'
import { ClientText, Prose, TenantTime, Time } from '../../components/text.tsx'
import { formatCount, zone } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { pathTo, query, setQuery } from '../../router.ts'
import { clockLead, sessionOf } from '../../state.ts'
import { hasSeveralTenants } from '../activity/rows.tsx'
import { toMarkdown } from './markdown.ts'

export const keyOf = ({ tenant, id, origin }: FindingGroup): string => `${tenant} ${origin} ${id}`

const originLabels = { provisioning: undefined, compliance: 'compliance run', 'ad-hoc': 'ad-hoc' } as const

const maxNamed = 3

function namesIn({ evidence, subjects }: FindingGroup): string {
  const names = [...new Set(evidence.flatMap(({ subject }) => subject ?? []))].slice(0, maxNamed)
  if (names.length === 0) return ''
  return subjects > names.length ? `${names.join(', ')} and others` : names.join(', ')
}

type Props = {
  readonly finding: FindingGroup
  readonly onChanged: () => void
  readonly open: (form: AnyForm) => void
}

/** What happened and to whom; opened, how to fix it, then the rule and where it was seen. */
export function FindingRow(props: Props) {
  const { finding } = props
  const key = keyOf(finding)
  const isOpen = query.value.get('finding') === key
  const [word, tone] = weights[finding.severity]
  const origin = originLabels[finding.origin]
  return (
    <details
      class="finding-row"
      open={isOpen}
      onToggle={({ currentTarget: { open } }) => {
        if (open !== isOpen) setQuery({ finding: open ? key : undefined })
      }}
    >
      <summary>
        <span class="what">
          <b>
            <Prose text={finding.headline ?? finding.title} />
          </b>{' '}
          <span class="muted">
            <ClientText text={namesIn(finding)} />
            {origin && ` ${origin}`}
            {hasSeveralTenants() && ` ${finding.tenant}`}
          </span>
        </span>
        <span class={tone}>{word}</span>
        <span class="muted when">
          <TenantTime at={finding.last} tenantTime={finding.tenantLast} short hasLead={false} />
        </span>
      </summary>
      {isOpen && <Opened {...props} />}
    </details>
  )
}

function Opened({ finding, onChanged, open }: Props) {
  const { tenant, id, count, subjects, origin, mute } = finding
  const unmute = async () => {
    await call('DELETE /tenants/:tenant/muted-findings/:finding', { params: { tenant, finding: id } })
    announce('Unmuted.')
    onChanged()
  }
  return (
    <div class="opened">
      {mute && <Muted finding={finding} />}
      <FindingText
        finding={finding}
        about={
          <>
            <a href={pathTo('activity', {}, { q: `finding:${id} tenant:${tenant}` })}>
              {formatCount(count, 'request')}
            </a>
            {`, ${formatCount(subjects, 'object')}, last `}
            <TenantTime at={finding.last} tenantTime={finding.tenantLast} />
            {' · '}
            <Trend trend={finding.trend} />
            {' · '}
          </>
        }
      >
        {origin !== 'provisioning' && <p class="muted">It has no effect on the provisioning job.</p>}
        <Evidence finding={finding} />
      </FindingText>
      <div class="actions">
        <CopyButton text={toMarkdown(finding)} what="as Markdown">
          Copy as Markdown
        </CopyButton>
        <May need="write" readOnly={sessionOf(tenant) !== undefined}>
          {mute ? (
            <ActionButton onAction={unmute}>Unmute</ActionButton>
          ) : (
            <button type="button" class="plain" onClick={() => open(muteForm(finding))}>
              Mute…
            </button>
          )}
        </May>
      </div>
    </div>
  )
}

const muteForm = ({ tenant, id }: FindingGroup): AnyForm =>
  form<{ readonly reason: string }>({
    title: 'Mute this finding',
    label: 'Mute',
    fields: field =>
      field('reason', {
        label: 'Reason',
        description: `Muted for everyone in ${tenant}, until someone unmutes it.`,
        maxLength: 500,
        whenBlank: 'send',
      }),
    submit: async body => {
      await call('PUT /tenants/:tenant/muted-findings/:finding', { params: { tenant, finding: id }, body })
      return 'Muted. The view Muted has it.'
    },
  })

const Muted = ({ finding: { tenant, mute } }: { readonly finding: FindingGroup }) =>
  mute ? (
    <p class="caution">
      Muted <Time at={mute.at} />
      {zone.value === 'tenant' && clockLead(tenant) !== 0 && ' (server time)'}
      {mute.by !== undefined && (
        <>
          {' by '}
          <ClientText text={mute.by} />
        </>
      )}
      : <ClientText text={mute.reason} />
    </p>
  ) : null

const Evidence = ({ finding: { evidence } }: { readonly finding: FindingGroup }) => (
  <ul class="plain evidence" aria-label="Evidence">
    {evidence.map(({ exchange, at, tenantTime, subject, detail }, index) => (
      <li key={index}>
        <a href={pathTo('exchange', { id: exchange })}>
          <TenantTime at={at} tenantTime={tenantTime} short />
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
)

const barWidth = 5
const gap = 2
const height = 20

function Trend({ trend }: Pick<FindingGroup, 'trend'>) {
  if (trend.length === 0) return <>no cycle yet</>
  const most = Math.max(1, ...trend.map(({ count }) => count))
  const label = `Requests per cycle, oldest first: ${trend.map(({ count }) => count).join(', ')}`
  const width = trend.length * (barWidth + gap) - gap
  return (
    <svg
      class="trend"
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      <title>{label}</title>
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

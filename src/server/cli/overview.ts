import type { Failure, Overview } from '../../domain/contract/overview.ts'
import { findingPage } from '../../domain/documentation.ts'
import { describeHeadline, formatWhen } from '../../domain/headline.ts'
import { program } from './noun.ts'
import { tenant } from './options.ts'
import { formatCount, formatTenantTime, formatTime, nameTenant } from './output.ts'
import { findDocs, type PageOf, resolveTenant } from './session.ts'
import { type Cell, type Column, formatRecord, formatTable, type Layout } from './table.ts'

const jobLabels = {
  healthy: 'healthy',
  'at-risk': 'at risk',
  quarantined: 'would be quarantined',
  analyzing: 'not known yet',
} as const

const facts = (overview: Overview): readonly [string, Cell][] => [
  ['tenant', nameTenant({ id: overview.tenant, name: overview.name })],
  ...(overview.analysis.current ? verdict(overview) : progress(overview)),
  ...inventory(overview),
]

const verdict = ({ job, newest, inSync }: Overview): readonly [string, Cell][] => [
  ['job', job ? `${jobLabels[job.status]}. ${job.detail}` : 'no requests from Entra ID yet'],
  ['newest cycle', newest && formatCycle(newest)],
  [
    'next cycle',
    newest?.next && `${formatTime(newest.next.tenantExpected)}${newest.next.overdue ? ', overdue' : ''}`,
  ],
  ['in sync', inSync],
  ['failing', job?.failing ?? 0],
]

const progress = ({ analysis, newest, failed }: Overview): readonly [string, Cell][] => [
  ['job', `${jobLabels.analyzing}. ${analysis.summary}`],
  ['analyzed until', formatTime(analysis.until)],
  ['newest cycle', newest && `${formatCycle(newest)} (newest analyzed)`],
  [
    'failed',
    `${failed.more ? 'at least ' : ''}${formatCount(failed.requests, 'request')} since ${formatTime(failed.since)}${failed.last ? `, the last one at ${formatTenantTime(failed.last.at, failed.last.tenantTime)}` : ''}`,
  ],
]

const inventory = ({ counts, tokens }: Overview): readonly [string, Cell][] => [
  ...Object.entries(counts).map(([type, { active, disabled, retained }]): [string, Cell] => [
    `${type}s`,
    `${active} active, ${disabled} disabled, ${retained} deleted`,
  ]),
  ...tokens.map(({ ending, expires, expired, warning }): [string, Cell] => [
    `token …${ending}`,
    warning ?? `${expired ? 'expired' : 'expires'} ${formatTime(expires)}`,
  ]),
]

const formatCycle = (cycle: NonNullable<Overview['newest']>): string =>
  `${formatTenantTime(cycle.started, cycle.tenantStarted)}: ${formatCount(cycle.requests, 'request')}, ${cycle.created} created, ${cycle.modified} modified, ${cycle.disabled} disabled, ${cycle.deleted} deleted, ${cycle.failed} failed`

const failureColumns: readonly Column<Failure>[] = [
  { name: 'failed', of: ({ at, tenantTime }, now) => formatTenantTime(at, tenantTime, now), shows: 'whole' },
  { name: 'request', of: ({ action }) => action },
  { name: 'object', of: ({ label }) => label },
  { name: 'status', of: ({ status }) => status, tone: () => 'error' },
  { name: 'attempts', of: ({ attempts }) => attempts },
  { name: 'reason', of: ({ reason }) => reason, shows: 'below' },
  { name: 'exchange', of: ({ exchange }) => exchange, shows: 'request', isExtra: true },
]

function formatOverview(overview: Overview, pageOf: PageOf, layout: Layout): string {
  // Until the requests are analyzed, objects that fail may have succeeded since.
  const failures = overview.analysis.current ? overview.failures : []
  const pages = failures.flatMap(({ finding }) => (finding && pageOf(findingPage, finding)) ?? [])
  const { headline, clock } = overview
  const sentence = describeHeadline(headline.parts, (at, inSentence) =>
    formatWhen(at, clock.now, undefined, inSentence),
  )
  return [
    `${sentence}\n`,
    formatRecord(facts(overview)),
    ...(failures.length === 0 ? [] : [formatTable(failureColumns, failures, layout)]),
    ...(pages.length === 0 ? [] : [formatRecord([...new Set(pages)].map(page => ['more', page]))]),
  ].join('\n')
}

export const overview = program('overview', { flags: { tenant } }, async (named, session) => {
  const { api, show, layout } = session
  const [found, pageOf] = await Promise.all([
    api.call('GET /tenants/:tenant/overview', { params: { tenant: await resolveTenant(api, named.tenant) } }),
    findDocs(session),
  ])
  show(found, formatOverview(found, pageOf, layout))
})

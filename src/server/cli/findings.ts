import type {
  FailureMap,
  FindingGroup,
  FindingMute,
  Findings,
  Quarantine,
} from '../../domain/contract/findings.ts'
import { findingPage } from '../../domain/documentation.ts'
import { productLabels } from '../../scim/recognition/products.ts'
import { does, noun, runs } from './noun.ts'
import { byTenant, choice, conflicting, required, text, toggle } from './options.ts'
import { formatCount, formatTenantTime, formatTime, printable } from './output.ts'
import { findDocs, type PageOf } from './session.ts'
import { type Column, formatRecord, formatTable, type Layout } from './table.ts'

const listOf = ({ mute, injected }: FindingGroup): Hidden | undefined =>
  mute ? 'muted' : injected ? 'injected' : undefined

type Hidden = 'muted' | 'injected'

function formatMap({ rows }: FailureMap, _called: unknown, layout: Layout): string {
  const cells = rows.flatMap(({ rule, cells }) => cells.map(cell => ({ rule, ...cell })))
  return cells.length === 0 ? 'No request breaks a rule of AWS.\n' : formatTable(mapColumns, cells, layout)
}

type MapCell = { readonly rule: string } & FailureMap['rows'][number]['cells'][number]

const mapColumns: readonly Column<MapCell>[] = [
  { name: 'rule', of: ({ rule }) => rule },
  { name: 'attribute', of: ({ attribute }) => attribute },
  { name: 'requests', of: ({ count }) => count },
]

function formatProgress({ waiting, analysis }: Findings): readonly string[] {
  if (analysis.current) return waiting > 0 ? [`${formatCount(waiting, 'request')} not analyzed yet.\n`] : []
  return [
    `${analysis.summary} Findings include requests until ${formatTime(analysis.until)}; the state of provisioning jobs follows.\n`,
  ]
}

const formatFindings = (findings: Findings, hidden: readonly Hidden[], pageOf: PageOf): string =>
  [
    ...(findings.items.length === 0
      ? ['No findings.\n']
      : sortByOrigin(findings.items).map(item => formatGroup(item, pageOf(findingPage, item.id)))),
    ...(['muted', 'injected'] as const)
      .map(list => ({ list, count: hidden.filter(one => one === list).length }))
      .filter(({ count }) => count > 0)
      .map(({ list, count }) => `${formatCount(count, `${list} finding`)}: --${list} lists them.\n`),
    ...findings.quarantine
      .filter(({ status }) => status !== 'healthy' && status !== 'analyzing')
      .map(formatQuarantine),
    ...formatProgress(findings),
  ].join('\n')

const sortByOrigin = (items: readonly FindingGroup[]): readonly FindingGroup[] => [
  ...items.filter(({ origin }) => origin === 'provisioning'),
  ...items.filter(({ origin }) => origin !== 'provisioning'),
]

const originLabels: Readonly<Record<string, string>> = {
  compliance: 'compliance run',
  'ad-hoc': 'ad-hoc requests',
}

const formatGroup = (group: FindingGroup, page: string | undefined): string => {
  const [newest] = group.evidence
  return `${printable(`${group.severity}: ${group.headline ?? group.title}`)}\n${formatRecord([
    ['  finding', group.id],
    ['  tenant', group.tenant],
    ...(originLabels[group.origin] === undefined ? [] : ([['  from', originLabels[group.origin]]] as const)),
    [
      '  seen',
      `${formatCount(group.count, 'request')}, ${formatCount(group.subjects, 'object')}, last at ${formatTenantTime(group.last, group.tenantLast ?? group.last)}`,
    ],
    ...(group.trend.length > 1
      ? ([
          ['  trend', `${group.trend.map(({ count }) => count).join(' ')} (per cycle, the newest last)`],
        ] as const)
      : []),
    ...(group.mute ? ([['  muted', formatMute(group.mute)]] as const) : []),
    ...(newest
      ? ([
          ['  example', newest.subject ? `${newest.subject}: ${newest.detail}` : newest.detail],
          ['  request', newest.exchange],
        ] as const)
      : []),
    ['  impact', group.reason],
    [group.product ? `  fix in ${productLabels[group.product]}` : '  fix', group.remedy],
    ...(page === undefined ? [] : ([['  more', page]] as const)),
  ])}`
}

const formatMute = ({ reason, by, at }: FindingMute): string =>
  `${reason} (${by === undefined ? '' : `${by}, `}${formatTime(at)})`

const formatQuarantine = ({ tenant, status, detail }: Quarantine): string =>
  `${printable(`Provisioning job of tenant ${tenant}: ${status === 'at-risk' ? 'at risk of quarantine' : status}. ${detail}`)}\n`

export const findings = noun([
  does(
    'list',
    'List findings that are neither muted nor caused by injected faults alone',
    {
      flags: {
        tenant: byTenant,
        severity: choice(['error', 'warning', 'note'], 'Filter by severity'),
        muted: toggle('List muted findings instead'),
        injected: conflicting(toggle('List findings caused only by injected faults instead'), 'muted'),
      },
    },
    async ({ tenant, severity, muted, injected }, session) => {
      const [found, pageOf] = await Promise.all([
        session.api.call('GET /findings', { query: { tenant } }),
        findDocs(session),
      ])
      const ofSeverity = found.items.filter(item => severity === undefined || item.severity === severity)
      const list = muted ? 'muted' : injected ? 'injected' : undefined
      const items = ofSeverity.filter(item => listOf(item) === list)
      const hidden = list === undefined ? ofSeverity.flatMap(item => listOf(item) ?? []) : []
      session.show({ ...found, items }, formatFindings({ ...found, items }, hidden, pageOf))
    },
  ),
  runs(
    'map',
    'GET /tenants/:tenant/failure-map',
    'Show which rules of AWS rejected which attributes in recent requests',
    { shows: formatMap },
  ),
  runs('mute <finding>', 'PUT /tenants/:tenant/muted-findings/:finding', 'Mute a finding of a tenant', {
    flags: { reason: required(text('text', 'Why it is muted, for others who see it')) },
    shows: (_, { finding, tenant }) => `${printable(`Muted ${finding} in tenant ${tenant}.`)}\n`,
  }),
  runs(
    'unmute <finding>',
    'DELETE /tenants/:tenant/muted-findings/:finding',
    'Unmute a finding of a tenant',
    {
      shows: (_, { finding, tenant }) => `${printable(`Unmuted ${finding} in tenant ${tenant}.`)}\n`,
    },
  ),
])

import type {
  Cycle,
  CycleChanges,
  CycleKind,
  CycleRate,
  Interoperability,
  RuleVerdict,
} from '../../domain/contract/cycles.ts'
import type { ClientKind } from '../../domain/contract/exchanges.ts'
import { formatClient } from '../../scim/recognition/products.ts'
import { does, lists, noun, runs } from './noun.ts'
import { byTenant } from './options.ts'
import { formatCount, formatTenantTime, formatTime, printable } from './output.ts'
import { type Column, formatRecord, formatTable, type Layout } from './table.ts'

const changeKinds = ['created', 'modified', 'disabled', 'deleted'] as const

const describeChanges = (cycle: Cycle): string =>
  changeKinds
    .filter(kind => cycle[kind] > 0)
    .map(kind => `${cycle[kind]} ${kind}`)
    .join(', ')

const columns: readonly Column<Cycle>[] = [
  {
    name: 'started',
    of: ({ started, tenantStarted }, now) => formatTenantTime(started, tenantStarted, now),
    shows: 'whole',
  },
  { name: 'tenant', of: ({ tenant }) => tenant, only: 'file' },
  {
    name: 'token',
    of: ({ token }) => (token?.ending ? `…${token.ending}` : token?.id),
    shows: 'id',
    isExtra: true,
  },
  { name: 'kind', of: formatKind },
  { name: 'client', of: formatSender },
  { name: 'dialect', of: ({ dialect }) => dialect, isExtra: true },
  { name: 'requests', of: ({ requests }) => requests },
  ...changeKinds.map(kind => ({ name: kind, of: (cycle: Cycle) => cycle[kind], only: 'file' }) as const),
  { name: 'changed', of: describeChanges, shows: 'wrapped', only: 'terminal' },
  { name: 'failed', of: ({ failed }) => failed, tone: ({ failed }) => (failed > 0 ? 'error' : undefined) },
  { name: 'next', of: formatNext, isExtra: true },
  { name: 'cycle', of: ({ id }) => id, shows: 'request' },
]

const kindLabels: Readonly<Record<CycleKind, string>> = {
  cycle: 'cycle',
  'on-demand': 'on demand',
  'test-connection': 'connection test',
  compliance: 'compliance run',
  'ad-hoc': 'ad-hoc requests',
}

const clientLabels: Readonly<Partial<Record<ClientKind, string>>> = {
  entra: 'Entra ID',
  compliance: 'scim-compliance',
  sample: 'sample',
}

function formatSender({ client, userAgent, recognized }: Cycle): string | undefined {
  return clientLabels[client] ?? (recognized ? formatClient(recognized) : userAgent)
}

function formatKind({ kind, running }: Cycle): string {
  return `${kindLabels[kind]}${running ? ', running' : ''}`
}

function formatNext({ next }: Cycle): string | undefined {
  return next && `${formatTime(next.tenantExpected)}${next.overdue ? ', overdue' : ''}`
}

function formatChanges({ types, groups, complete, requests, names }: CycleChanges): string {
  const name = (value: unknown) =>
    names[String(value)] ?? (value === undefined ? 'no value' : JSON.stringify(value))
  const lines = [
    ...types.flatMap(({ type, created, deleted, attributes }) => [
      ...resourceLines(`${type}: ${created.count} created`, created),
      ...resourceLines(`${type}: ${deleted.count} deleted`, deleted),
      ...attributes.flatMap(({ path, count, changes }) => [
        `${type}: ${path} changed in ${count}`,
        ...changes.map(
          ({ before, after, resources }) =>
            `  ${name(before)} -> ${name(after)}: ${resources.map(({ label }) => label).join(', ')}`,
        ),
      ]),
    ]),
    ...groups.map(
      ({ group, joined, left }) =>
        `${group.display ?? group.id}: ${[
          ...joined.map(({ display, id }) => `+${display ?? id}`),
          ...left.map(({ display, id }) => `-${display ?? id}`),
        ].join(', ')}`,
    ),
  ]
  const all = lines.length === 0 ? ['Nothing was changed.'] : lines
  const note = complete ? [] : [`Only the newest ${formatCount(requests, 'request')} were read.`]
  return `${[...all, ...note].map(printable).join('\n')}\n`
}

const resourceLines = (
  title: string,
  { count, items }: CycleChanges['types'][number]['created'],
): readonly string[] =>
  count === 0
    ? []
    : [title, `  ${items.map(({ label }) => label).join(', ')}${count > items.length ? ', …' : ''}`]

const formatRate = ({ peak, limits, throttled, complete }: CycleRate): string =>
  formatRecord([
    ['most reads in a second', formatLimited(peak.reads, limits?.reads)],
    ['most writes in a second', formatLimited(peak.writes, limits?.writes)],
    ['status 429', throttled],
    ...(complete ? [] : [['read', 'the last part of the cycle'] as const]),
  ])

const formatLimited = (count: number, limit: number | undefined): string =>
  limit === undefined ? String(count) : `${count} (AWS allows ${limit})`

const ruleColumns: readonly Column<RuleVerdict>[] = [
  { name: 'rule', of: ({ id }) => id, shows: 'whole' },
  {
    name: 'verdict',
    of: ({ result }) => (result === 'not-seen' ? 'not seen' : result),
    tone: ({ result }) => (result === 'breaks' ? 'warning' : undefined),
    shows: 'whole',
  },
  { name: 'requests', of: ({ requests }) => requests },
  { name: 'unread', of: ({ unread }) => unread, isExtra: true },
  { name: 'a client that follows it', of: ({ rule }) => rule },
  { name: 'section', of: ({ draft, section }) => `${draft}, ${section}`, isExtra: true },
  { name: 'first request', of: ({ first }) => first, isExtra: true },
]

const formatInteroperability = ({ summary, rules, notes }: Interoperability, layout: Layout): string =>
  [
    `\nDrafts of the Interoperability Profile and IPSIE: ${summary}\n\n`,
    formatTable(ruleColumns, rules, layout),
    ...notes.map(
      ({ note, requests, first }) => `\n${note} ${formatCount(requests, 'request')}, first ${first}.\n`,
    ),
  ].join('')

export const cycles = noun([
  lists('list', 'GET /cycles', 'List cycles, newest first (tenant time)', {
    flags: { tenant: byTenant },
    columns,
    nothing: 'No cycles yet.',
  }),
  does(
    'show <id>',
    'Show a cycle, and how its client follows the drafts of the Interoperability Profile and IPSIE',
    {},
    async ({ id }, { api, show, layout }) => {
      const input = { params: { id } }
      const cycle = await api.call('GET /cycles/:id', input)
      const interoperability = await api.call('GET /cycles/:id/interoperability', input)
      const record = formatRecord(columns.map(({ name, of }) => [name, of(cycle)]))
      show({ ...cycle, interoperability }, record + formatInteroperability(interoperability, layout))
    },
  ),
  runs('changes <id>', 'GET /cycles/:id/changes', 'Show what a cycle changed in the directory', {
    shows: formatChanges,
  }),
  runs(
    'rate <id>',
    'GET /cycles/:id/rate',
    'Show the most requests per second of a cycle, and the limits of AWS',
    { shows: formatRate },
  ),
])

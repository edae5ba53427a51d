import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { tenantFilter } from './options.ts'
import { formatCount, formatRecord, formatTime, printable } from './output.ts'
import { createSession } from './session.ts'

type FindingGroupAnswer = {
  readonly id: string
  readonly severity: string
  readonly title: string
  readonly reason: string
  readonly remedy: string
  readonly tenant: string
  readonly origin: string
  readonly count: number
  readonly subjects: number
  readonly last: string
  readonly evidence: readonly {
    readonly exchange: string
    readonly subject?: string
    readonly detail: string
  }[]
}

type FindingsAnswer = {
  readonly items: readonly FindingGroupAnswer[]
  readonly quarantine: readonly {
    readonly tenant: string
    readonly status: string
    readonly reason: string
    readonly detail: string
  }[]
  readonly waiting: number
}

type Options = { readonly tenant?: string }

/** `scimulator findings`: problems of clients, and requests that AWS would reject. */
export function findingsCommand(program: Command): void {
  program
    .command('findings')
    .description('List problems found in requests, and how to fix them')
    .addOption(tenantFilter())
    .action(listFindings)
}

async function listFindings({ tenant }: Options, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const findings = await api.get<FindingsAnswer>(apiPath('findings'), { query: { tenant } })
  show(findings, formatFindings(findings))
}

const formatFindings = ({ items, quarantine, waiting }: FindingsAnswer): string =>
  [
    ...(items.length === 0 ? ['No findings.\n'] : sortByOrigin(items).map(formatGroup)),
    ...quarantine.filter(({ status }) => status !== 'healthy').map(formatQuarantine),
    ...(waiting > 0 ? [`${formatCount(waiting, 'request')} not analyzed yet.\n`] : []),
  ].join('\n')

/** Findings about the provisioning job first. */
const sortByOrigin = (items: readonly FindingGroupAnswer[]): readonly FindingGroupAnswer[] => [
  ...items.filter(({ origin }) => origin === 'provisioning'),
  ...items.filter(({ origin }) => origin !== 'provisioning'),
]

const originLabels: Readonly<Record<string, string>> = {
  compliance: 'compliance run',
  'ad-hoc': 'ad-hoc requests',
}

const formatGroup = (group: FindingGroupAnswer): string => {
  const [newest] = group.evidence
  return `${printable(`${group.severity}: ${group.title}`)}\n${formatRecord([
    ['  finding', group.id],
    ['  tenant', group.tenant],
    ...(originLabels[group.origin] === undefined ? [] : ([['  from', originLabels[group.origin]]] as const)),
    [
      '  seen',
      `${formatCount(group.count, 'request')}, ${formatCount(group.subjects, 'object')}, last at ${formatTime(group.last)}`,
    ],
    ...(newest
      ? ([
          ['  example', newest.subject ? `${newest.subject}: ${newest.detail}` : newest.detail],
          ['  request', newest.exchange],
        ] as const)
      : []),
    ['  impact', group.reason],
    ['  fix', group.remedy],
  ])}`
}

const formatQuarantine = ({ tenant, status, detail }: FindingsAnswer['quarantine'][number]): string =>
  `${printable(`Provisioning job of tenant ${tenant}: ${status === 'at-risk' ? 'at risk of quarantine' : status}. ${detail}`)}\n`

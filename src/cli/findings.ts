import type { Command } from 'commander'
import type { FindingGroup, Findings, Quarantine } from '../contract/findings.ts'
import { tenantFilter } from './options.ts'
import { formatCount, formatTime, printable } from './output.ts'
import { createSession } from './session.ts'
import { formatRecord } from './table.ts'

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
  const findings = await api.call('GET /findings', { query: { tenant } })
  show(findings, formatFindings(findings))
}

const formatFindings = ({ items, quarantine, waiting }: Findings): string =>
  [
    ...(items.length === 0 ? ['No findings.\n'] : sortByOrigin(items).map(formatGroup)),
    ...quarantine.filter(({ status }) => status !== 'healthy').map(formatQuarantine),
    ...(waiting > 0 ? [`${formatCount(waiting, 'request')} not analyzed yet.\n`] : []),
  ].join('\n')

/** Findings about the provisioning job first. */
const sortByOrigin = (items: readonly FindingGroup[]): readonly FindingGroup[] => [
  ...items.filter(({ origin }) => origin === 'provisioning'),
  ...items.filter(({ origin }) => origin !== 'provisioning'),
]

const originLabels: Readonly<Record<string, string>> = {
  compliance: 'compliance run',
  'ad-hoc': 'ad-hoc requests',
}

const formatGroup = (group: FindingGroup): string => {
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

const formatQuarantine = ({ tenant, status, detail }: Quarantine): string =>
  `${printable(`Provisioning job of tenant ${tenant}: ${status === 'at-risk' ? 'at risk of quarantine' : status}. ${detail}`)}\n`

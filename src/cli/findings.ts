import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
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

/** `scimulator findings`: what is odd about clients, and what would fail on AWS. */
export function findingsCommand(program: Command): void {
  program
    .command('findings')
    .description('what is odd about clients, what would fail on AWS, and how to mend it')
    .option('-t, --tenant <id>', 'only of this tenant')
    .action(listFindings)
}

async function listFindings({ tenant }: Options, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const answer = await api.get<FindingsAnswer>(apiPath('findings'), { query: { tenant } })
  show(answer, formatFindings(answer))
}

const formatFindings = ({ items, quarantine, waiting }: FindingsAnswer): string =>
  [
    ...(items.length === 0 ? ['Nothing was found.\n'] : sortByOrigin(items).map(formatGroup)),
    ...quarantine.filter(({ status }) => status !== 'healthy').map(formatQuarantine),
    ...(waiting > 0 ? [`${formatCount(waiting, 'exchange')} yet to be analysed.\n`] : []),
  ].join('\n')

/** What others send says nothing about the provisioning job. */
const sortByOrigin = (items: readonly FindingGroupAnswer[]): readonly FindingGroupAnswer[] => [
  ...items.filter(({ origin }) => origin === 'provisioning'),
  ...items.filter(({ origin }) => origin !== 'provisioning'),
]

const originLabels: Readonly<Record<string, string>> = {
  compliance: 'requests of a compliance run',
  'ad-hoc': 'ad-hoc requests',
}

const formatGroup = (group: FindingGroupAnswer): string => {
  const [newest] = group.evidence
  return `${printable(`${group.severity}: ${group.title}`)}\n${formatRecord([
    ['  finding', group.id],
    ['  tenant', group.tenant],
    ...(originLabels[group.origin] === undefined ? [] : ([['  in', originLabels[group.origin]]] as const)),
    [
      '  found',
      `${formatCount(group.count, 'time')}, about ${group.subjects}, last at ${formatTime(group.last)}`,
    ],
    ...(newest
      ? ([
          ['  for example', newest.subject ? `${newest.subject}: ${newest.detail}` : newest.detail],
          ['  exchange', newest.exchange],
        ] as const)
      : []),
    ['  why', group.reason],
    ['  mend', group.remedy],
  ])}`
}

const formatQuarantine = ({ tenant, status, detail }: FindingsAnswer['quarantine'][number]): string =>
  `${printable(`Entra ID's job for ${tenant} is ${status === 'at-risk' ? 'at risk of quarantine' : status}: ${detail}`)}\n`

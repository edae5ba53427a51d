import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { sessionOf } from './session.ts'
import { record } from './table.ts'
import { counted, printable, shortTime } from './words.ts'

type FindingGroupAnswer = {
  readonly id: string
  readonly severity: string
  readonly title: string
  readonly reason: string
  readonly mend: string
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
    readonly verdict: string
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
  const { api, show } = sessionOf(command)
  const answer = await api.get<FindingsAnswer>(apiPath('findings'), { query: { tenant } })
  show(answer, findingsInWords(answer))
}

const findingsInWords = ({ items, quarantine, waiting }: FindingsAnswer): string =>
  [
    ...(items.length === 0 ? ['Nothing was found.\n'] : provisioningFirst(items).map(groupInWords)),
    ...quarantine.filter(({ verdict }) => verdict !== 'fine').map(quarantineInWords),
    ...(waiting > 0 ? [`${counted(waiting, 'exchange')} yet to be analysed.\n`] : []),
  ].join('\n')

/** What others send says nothing about the provisioning job. */
const provisioningFirst = (items: readonly FindingGroupAnswer[]): readonly FindingGroupAnswer[] => [
  ...items.filter(({ origin }) => origin === 'provisioning'),
  ...items.filter(({ origin }) => origin !== 'provisioning'),
]

const origins: Readonly<Record<string, string>> = {
  compliance: 'requests of a compliance run',
  'ad-hoc': 'ad-hoc requests',
}

const groupInWords = (group: FindingGroupAnswer): string => {
  const [newest] = group.evidence
  return `${printable(`${group.severity}: ${group.title}`)}\n${record([
    ['  finding', group.id],
    ['  tenant', group.tenant],
    ...(origins[group.origin] === undefined ? [] : ([['  in', origins[group.origin]]] as const)),
    ['  found', `${counted(group.count, 'time')}, about ${group.subjects}, last at ${shortTime(group.last)}`],
    ...(newest
      ? ([
          ['  for example', newest.subject ? `${newest.subject}: ${newest.detail}` : newest.detail],
          ['  exchange', newest.exchange],
        ] as const)
      : []),
    ['  why', group.reason],
    ['  mend', group.mend],
  ])}`
}

const quarantineInWords = ({ tenant, verdict, detail }: FindingsAnswer['quarantine'][number]): string =>
  `${printable(`Entra ID's job for ${tenant} is ${verdict === 'at-risk' ? 'at risk of quarantine' : verdict}: ${detail}`)}\n`

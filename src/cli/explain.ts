import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { sessionOf } from './session.ts'
import { table } from './table.ts'
import { printable } from './words.ts'

type DifferenceAnswer = {
  readonly path: string
  readonly kind: string
  readonly before?: unknown
  readonly after?: unknown
}
type RelatedAnswer = { readonly id: string; readonly display?: string }

type OperationAnswer = {
  readonly index: number
  readonly op: string
  readonly path?: string
  readonly outcome: string
  readonly words: string
}

type ResourceAnswer = {
  readonly type: string
  readonly id: string
  readonly label: string
  readonly versions: { readonly before?: number; readonly after?: number }
  readonly differences: readonly DifferenceAnswer[]
  readonly memberships: readonly {
    readonly event: string
    readonly group: RelatedAnswer
    readonly member: RelatedAnswer
  }[]
}

type VerdictAnswer = {
  readonly profile: string
  readonly own: boolean
  readonly accepted: boolean
  readonly status: number
  readonly detail?: string
  readonly rules: readonly { readonly id: string; readonly says: string }[]
}

type ExplanationAnswer = {
  readonly operations: readonly OperationAnswer[]
  readonly resources: readonly ResourceAnswer[]
  readonly verdicts: readonly VerdictAnswer[]
  readonly unjudged?: string
  readonly findings: readonly {
    readonly severity: string
    readonly title: string
    readonly detail: string
    readonly mend: string
  }[]
}

/** `scimulator journal explain`: what a request changed, and what other services would have said to it. */
export function explainCommand(journal: Command): void {
  journal
    .command('explain <exchange>')
    .description('tell what a request changed, and what other services would have answered')
    .action(explain)
}

async function explain(id: string, _options: object, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const explanation = await api.get<ExplanationAnswer>(apiPath('exchanges', id, 'explanation'))
  show(explanation, explanationInWords(explanation))
}

/** An explanation as paragraphs; those about nothing are left out. */
export const explanationInWords = (explanation: ExplanationAnswer): string =>
  [
    operationsInWords(explanation.operations),
    resourcesInWords(explanation.resources),
    verdictsInWords(explanation),
    ...explanation.findings.map(findingInWords),
  ]
    .filter(paragraph => paragraph !== '')
    .join('\n')

const operationsInWords = (operations: readonly OperationAnswer[]): string =>
  operations.length === 0
    ? ''
    : table<OperationAnswer>(
        [
          { name: 'operation', of: ({ index }) => index },
          { name: 'op', of: ({ op }) => op },
          { name: 'path', of: ({ path }) => path },
          { name: 'outcome', of: ({ outcome }) => outcome },
          { name: 'in words', of: ({ words }) => words },
        ],
        operations,
      )

const resourcesInWords = (resources: readonly ResourceAnswer[]): string =>
  resources.length === 0 ? 'Nothing was changed.\n' : resources.map(resourceInWords).join('\n')

const resourceInWords = ({ type, id, label, versions, differences, memberships }: ResourceAnswer): string =>
  [
    `${type} ${label} (${id}): ${versionsInWords(versions)}`,
    ...differences.map(
      ({ path, before, after }) => `  ${path}: ${shownValue(before)} -> ${shownValue(after)}`,
    ),
    ...memberships.map(
      ({ event, group, member }) =>
        `  ${nameOf(member)} ${event === 'added' ? 'joined' : 'left'} ${nameOf(group)}`,
    ),
  ]
    .map(line => `${printable(line)}\n`)
    .join('')

function versionsInWords({ before, after }: ResourceAnswer['versions']): string {
  if (before === undefined) return 'created'
  if (after === undefined) return `deleted at version ${before}`
  return before === after ? `version ${before}, as before` : `version ${before} -> ${after}`
}

const shownValue = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))
const nameOf = ({ display, id }: RelatedAnswer): string => display ?? id

function verdictsInWords({ verdicts, unjudged }: ExplanationAnswer): string {
  if (unjudged !== undefined) return `No profile can judge it: ${printable(unjudged)}.\n`
  const rows = verdicts.flatMap(verdict => [
    verdict,
    ...verdict.rules.map(({ id, says }) => ({ profile: '', rule: id, detail: says })),
  ])
  return table<Partial<VerdictAnswer> & { readonly rule?: string }>(
    [
      { name: 'profile', of: ({ profile, own }) => (own ? `${profile} (answered)` : profile || ' ') },
      { name: 'status', of: ({ status }) => status ?? ' ' },
      { name: 'verdict', of: ({ accepted, rule }) => rule ?? (accepted ? 'accepted' : 'refused') },
      { name: 'in words', of: ({ detail }) => detail ?? ' ' },
    ],
    rows,
  )
}

const findingInWords = ({ severity, title, detail, mend }: ExplanationAnswer['findings'][number]): string =>
  [`${severity}: ${title}`, `  ${detail}`, `  ${mend}`].map(line => `${printable(line)}\n`).join('')

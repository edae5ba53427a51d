import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { formatTable, printable } from './output.ts'
import { createSession } from './session.ts'

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
  readonly summary: string
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

type EvaluationAnswer = {
  readonly profile: string
  readonly own: boolean
  readonly accepted: boolean
  readonly status: number
  readonly detail?: string
  readonly rules: readonly { readonly id: string; readonly description: string }[]
}

type ExplanationAnswer = {
  readonly operations: readonly OperationAnswer[]
  readonly resources: readonly ResourceAnswer[]
  readonly evaluations: readonly EvaluationAnswer[]
  readonly notEvaluated?: string
  readonly findings: readonly {
    readonly severity: string
    readonly title: string
    readonly detail: string
    readonly remedy: string
  }[]
}

/** `scimulator journal explain`: the changes of a request, and the results with other profiles. */
export function explainCommand(journal: Command): void {
  journal
    .command('explain <id>')
    .description('Explain a request: its changes, findings and results with other profiles')
    .action(explain)
}

async function explain(id: string, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const explanation = await api.get<ExplanationAnswer>(apiPath('exchanges', id, 'explanation'))
  show(explanation, formatExplanation(explanation))
}

/** An explanation as paragraphs, without empty ones. */
export const formatExplanation = (explanation: ExplanationAnswer): string =>
  [
    formatOperations(explanation.operations),
    formatResources(explanation.resources),
    formatEvaluations(explanation),
    ...explanation.findings.map(formatFinding),
  ]
    .filter(paragraph => paragraph !== '')
    .join('\n')

const formatOperations = (operations: readonly OperationAnswer[]): string =>
  operations.length === 0
    ? ''
    : formatTable<OperationAnswer>(
        [
          { name: 'operation', of: ({ index }) => index },
          { name: 'op', of: ({ op }) => op },
          { name: 'path', of: ({ path }) => path },
          { name: 'outcome', of: ({ outcome }) => outcome },
          { name: 'summary', of: ({ summary }) => summary },
        ],
        operations,
      )

const formatResources = (resources: readonly ResourceAnswer[]): string =>
  resources.length === 0 ? 'No resource changed.\n' : resources.map(formatResource).join('\n')

const formatResource = ({ type, id, label, versions, differences, memberships }: ResourceAnswer): string =>
  [
    `${type} ${label} (${id}): ${formatVersions(versions)}`,
    ...differences.map(
      ({ path, before, after }) => `  ${path}: ${formatValue(before)} -> ${formatValue(after)}`,
    ),
    ...memberships.map(
      ({ event, group, member }) =>
        `  ${relatedName(member)} ${event === 'added' ? 'joined' : 'left'} ${relatedName(group)}`,
    ),
  ]
    .map(line => `${printable(line)}\n`)
    .join('')

function formatVersions({ before, after }: ResourceAnswer['versions']): string {
  if (before === undefined) return 'created'
  if (after === undefined) return `deleted at revision ${before}`
  return before === after ? `revision ${before}, unchanged` : `revision ${before} -> ${after}`
}

const formatValue = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value))
const relatedName = ({ display, id }: RelatedAnswer): string => display ?? id

function formatEvaluations({ evaluations, notEvaluated }: ExplanationAnswer): string {
  if (notEvaluated !== undefined) return `Cannot compare profiles: ${printable(notEvaluated)}.\n`
  const rows = evaluations.flatMap(evaluation => [
    evaluation,
    ...evaluation.rules.map(({ id, description }) => ({ profile: '', rule: id, detail: description })),
  ])
  return formatTable<Partial<EvaluationAnswer> & { readonly rule?: string }>(
    [
      { name: 'profile', of: ({ profile, own }) => (own ? `${profile} (this tenant)` : profile || ' ') },
      { name: 'status', of: ({ status }) => status ?? ' ' },
      { name: 'result', of: ({ accepted, rule }) => rule ?? (accepted ? 'accepted' : 'rejected') },
      { name: 'detail', of: ({ detail }) => detail ?? ' ' },
    ],
    rows,
  )
}

const formatFinding = ({ severity, title, detail, remedy }: ExplanationAnswer['findings'][number]): string =>
  [`${severity}: ${title}`, `  ${detail}`, `  Fix: ${remedy}`].map(line => `${printable(line)}\n`).join('')

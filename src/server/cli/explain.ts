import type {
  ChangedResource,
  Evaluation,
  ExplainedOperation,
  Explanation,
  Finding,
} from '../../domain/contract/explanation.ts'
import type { RelatedResource } from '../../domain/contract/identities.ts'
import { findingPage, rulePage } from '../../domain/documentation.ts'
import { productLabels } from '../../scim/recognition/products.ts'
import { does } from './noun.ts'
import { printable } from './output.ts'
import { findDocs, type PageOf } from './session.ts'
import { formatTable } from './table.ts'

export const formatExplanation = (explanation: Explanation, pageOf: PageOf): string =>
  [
    formatRejection(explanation, pageOf),
    formatOperations(explanation.operations),
    formatResources(explanation.resources),
    formatEvaluations(explanation),
    ...explanation.findings.map(finding => formatFinding(finding, pageOf)),
  ]
    .filter(paragraph => paragraph !== '')
    .join('\n')

const maxAttributes = 5

function formatRejection({ rejection, findings }: Explanation, pageOf: PageOf): string {
  if (!rejection) return ''
  const { summary, rule, remedy, attributes } = rejection
  const remedies =
    attributes.length > 0 ? attributes.slice(0, maxAttributes).map(one => one.remedy) : [remedy]
  const lines = [summary, ...remedies.flatMap(one => (one === undefined ? [] : [`  How to fix: ${one}`]))]
  // The finding about a rule has the same page.
  const page = findings.some(({ id }) => id === rule) ? undefined : rule && pageOf(rulePage, rule)
  return [...lines, ...formatPage(page)].map(line => `${printable(line.replaceAll('`', ''))}\n`).join('')
}

const formatPage = (page: string | undefined): readonly string[] =>
  page === undefined ? [] : [`  More: ${page}`]

const formatOperations = (operations: readonly ExplainedOperation[]): string =>
  operations.length === 0
    ? ''
    : formatTable<ExplainedOperation>(
        [
          { name: 'operation', of: ({ index }) => index },
          { name: 'op', of: ({ op }) => op },
          { name: 'path', of: ({ path }) => path },
          { name: 'outcome', of: ({ outcome }) => outcome },
          { name: 'summary', of: ({ summary }) => summary },
        ],
        operations,
      )

const formatResources = (resources: readonly ChangedResource[]): string =>
  resources.length === 0 ? 'No resource changed.\n' : resources.map(formatResource).join('\n')

const formatResource = ({ type, id, label, revisions, differences, memberships }: ChangedResource): string =>
  [
    `${type} ${label} (${id}): ${formatRevisions(revisions)}`,
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

function formatRevisions({ before, after }: ChangedResource['revisions']): string {
  if (before === undefined) return 'created'
  if (after === undefined) return `deleted at revision ${before}`
  return before === after ? `revision ${before}, unchanged` : `revision ${before} -> ${after}`
}

const formatValue = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value))
const relatedName = ({ display, id }: RelatedResource): string => display ?? id

function formatEvaluations({ evaluations, notEvaluated }: Explanation): string {
  if (notEvaluated !== undefined) return `Cannot compare profiles: ${printable(notEvaluated)}.\n`
  const rows = evaluations.flatMap(evaluation => [
    evaluation,
    ...evaluation.rules.map(({ id, description }) => ({ profile: '', rule: id, detail: description })),
  ])
  return formatTable<
    Partial<Omit<Evaluation, 'profile'>> & { readonly profile: string; readonly rule?: string }
  >(
    [
      {
        name: 'profile',
        of: ({ profile, isTenantProfile }) => (isTenantProfile ? `${profile} (this tenant)` : profile || ' '),
      },
      { name: 'status', of: ({ status }) => status ?? ' ' },
      { name: 'result', of: ({ accepted, rule }) => rule ?? (accepted ? 'accepted' : 'rejected') },
      { name: 'detail', of: ({ detail }) => detail ?? ' ' },
    ],
    rows,
  )
}

const formatFinding = ({ id, severity, title, detail, remedy, product }: Finding, pageOf: PageOf): string =>
  [
    `${severity}: ${title}`,
    `  ${detail}`,
    `  Fix${product === undefined ? '' : ` in ${productLabels[product]}`}: ${remedy}`,
    ...formatPage(pageOf(findingPage, id)),
  ]
    .map(line => `${printable(line)}\n`)
    .join('')

export const explain = does(
  'explain <id>',
  'Explain a request: its changes, findings and results with other profiles',
  {},
  async ({ id }, session) => {
    const [explanation, pageOf] = await Promise.all([
      session.api.call('GET /exchanges/:id/explanation', { params: { id } }),
      findDocs(session),
    ])
    session.show(explanation, formatExplanation(explanation, pageOf))
  },
)

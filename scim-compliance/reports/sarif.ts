import type { Log, ReportingDescriptor, Result, Run } from 'sarif'
import type { Level } from '../check.ts'
import type { Exchange, RecordedMessage } from '../client/exchange.ts'
import { type Appraisal, diagnosisOf, knownReason, shownExchange } from '../grade/appraisal.ts'
import type { Outcome } from '../run/result.ts'
import { firstScreen, firstScreenLines } from './first-screen.ts'
import { formatJson, quoteSentence, sanitize } from './text.ts'

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json'

const levels: Readonly<Record<Level, 'error' | 'warning' | 'note'>> = {
  MUST: 'error',
  SHOULD: 'warning',
  MAY: 'note',
  practice: 'warning',
}

/** SARIF 2.1.0: a rule for each check, a result for each failure. A known failure is a suppressed result. */
export function sarifReport(appraisal: Appraisal): string {
  const { result, version, changes } = appraisal
  const failed = result.outcomes.filter(({ verdict }) => verdict === 'failed')
  const run: Run = {
    tool: {
      driver: { name: 'scim-compliance', semanticVersion: version, version, rules: rulesOf(result.outcomes) },
    },
    invocations: [
      {
        executionSuccessful: !result.interrupted,
        startTimeUtc: result.started,
        endTimeUtc: result.ended,
        toolExecutionNotifications: result.outcomes
          .filter(({ verdict }) => verdict === 'broken')
          .map(({ check, reason = '' }) => ({
            level: 'error',
            message: { text: plain(reason) },
            associatedRule: { id: check.id },
          })),
      },
    ],
    columnKind: 'utf16CodeUnits',
    properties: { firstScreen: firstScreenLines(firstScreen(appraisal)) },
    results: [
      ...failed.map(outcome => resultOf(appraisal, outcome)),
      ...(changes?.fixed ?? []).map(id => fixedSince(appraisal, id)),
    ],
  }
  const log: Log = { $schema: schema, version: '2.1.0', runs: [run] }
  return formatJson(log, 2)
}

const rulesOf = (outcomes: readonly Outcome[]): ReportingDescriptor[] =>
  outcomes.map(({ check }) => ({
    id: check.id,
    shortDescription: { text: check.description },
    fullDescription: { text: check.rationale },
    help: {
      text: `${check.remedy} (${check.source})${check.sentence ? ` ${quoteSentence(check.sentence)}` : ''}`,
    },
    defaultConfiguration: { level: levels[check.level] },
    properties: {
      tags: [check.suite, check.section, check.level, ...(check.draft ? ['draft', check.draft.rule] : [])],
      requirements: check.requirements ?? [],
    },
  }))

function resultOf(appraisal: Appraisal, outcome: Outcome): Result {
  const { check, expected = '', got = '' } = outcome
  const { result, changes } = appraisal
  const { remedy } = diagnosisOf(appraisal, outcome)
  const exchange = shownExchange(appraisal, outcome)
  const known = knownReason(appraisal, outcome)
  const isNew = changes?.newFailures.includes(check.id) || changes?.newChecks.includes(check.id)
  return {
    ruleId: check.id,
    ruleIndex: result.outcomes.indexOf(outcome),
    kind: 'fail',
    level: levels[check.level],
    message: { text: plain(`${check.description} Expected ${expected}; got ${got}. ${remedy}`) },
    ...located(result.service.url, exchange?.url ?? '', check.id),
    ...(exchange && webExchange(exchange)),
    ...(changes && { baselineState: isNew ? 'new' : 'unchanged' }),
    ...(known !== undefined && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: known }],
    }),
  }
}

const fixedSince = ({ result }: Appraisal, id: string): Result => ({
  ruleId: id,
  ruleIndex: result.outcomes.findIndex(({ check }) => check.id === id),
  kind: 'pass',
  level: 'none',
  message: { text: 'Fixed since the earlier report.' },
  ...located(result.service.url, '', id),
  baselineState: 'absent',
})

/** Braces and links have a meaning in messages (SARIF §3.11.5, §3.11.6); doubling and backslashes escape them. */
const plain = (text: string): string =>
  sanitize(text)
    .replace(/[{}]/g, '$&$&')
    .replace(/\[(?=[^\]]*\]\()/g, '\\[')

/**
 * A server has no files, and GitHub requires paths in a repository: the path of the requested list is used, below
 * the folder `scim`. The URL is in `webRequest`. Fingerprints distinguish results by check only.
 */
const located = (root: string, url: string, id: string) => ({
  locations: [
    { physicalLocation: { artifactLocation: { uri: fileFor(root, url) }, region: { startLine: 1 } } },
  ],
  partialFingerprints: { 'check/v1': id },
})

function fileFor(root: string, url: string): string {
  const below = url.startsWith(root) ? url.slice(root.length) : ''
  const [list = ''] = below.split(/[/?#]/).filter(Boolean)
  return ['scim', list].filter(Boolean).map(encoded).join('/')
}

/** Encoded names aren't encoded again. */
function encoded(name: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(name.toWellFormed()))
  } catch {
    return encodeURIComponent(name.toWellFormed())
  }
}

const http = { protocol: 'HTTP', version: '1.1' } as const

const content = ({ headers, body }: RecordedMessage) => ({
  headers,
  ...(body !== '' && { body: { text: body } }),
})

const webExchange = (exchange: Exchange): Pick<Result, 'webRequest' | 'webResponse'> => {
  const { method, url, request, response } = exchange
  return {
    webRequest: { ...http, target: url, method, ...content(request) },
    webResponse: response
      ? { ...http, statusCode: response.status, reasonPhrase: response.statusText, ...content(response) }
      : { noResponseReceived: true },
  }
}

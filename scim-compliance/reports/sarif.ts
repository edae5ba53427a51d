import type { Level } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'
import { type Appraisal, knownReason, shownExchange } from '../grade/appraise.ts'
import type { Outcome } from '../run/result.ts'
import { harmless, jsonText } from './text.ts'

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
  const run = {
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
    results: [
      ...failed.map(outcome => resultOf(appraisal, outcome)),
      ...(changes?.mended ?? []).map(id => mended(appraisal, id)),
    ],
  }
  return jsonText({ $schema: schema, version: '2.1.0', runs: [run] }, 2)
}

const rulesOf = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ check }) => ({
    id: check.id,
    shortDescription: { text: check.says },
    fullDescription: { text: check.matters },
    help: { text: `${check.mend} (${check.source})` },
    defaultConfiguration: { level: levels[check.level] },
    properties: { tags: [check.suite, check.section, check.level], requirements: check.requirements ?? [] },
  }))

function resultOf(appraisal: Appraisal, outcome: Outcome) {
  const { check, expected = '', got = '' } = outcome
  const { result, changes } = appraisal
  const exchange = shownExchange(appraisal, outcome)
  const known = knownReason(appraisal, outcome)
  const isNew = changes?.newFailures.includes(check.id) || changes?.newChecks.includes(check.id)
  return {
    ruleId: check.id,
    ruleIndex: result.outcomes.indexOf(outcome),
    kind: 'fail',
    level: levels[check.level],
    message: { text: plain(`${check.says} Expected ${expected}; got ${got}. ${check.mend}`) },
    ...located(exchange?.url ?? result.service.url, check.id),
    ...(exchange && webExchange(exchange)),
    ...(changes && { baselineState: isNew ? 'new' : 'unchanged' }),
    ...(known !== undefined && {
      suppressions: [{ kind: 'external', status: 'accepted', justification: known }],
    }),
  }
}

/** What an earlier report has and this one doesn't. */
const mended = ({ result }: Appraisal, id: string) => ({
  ruleId: id,
  ruleIndex: result.outcomes.findIndex(({ check }) => check.id === id),
  kind: 'pass',
  level: 'none',
  message: { text: 'Mended since the earlier report.' },
  ...located(result.service.url, id),
  baselineState: 'absent',
})

/** Braces and links have a meaning in messages (SARIF §3.11.5, §3.11.6); doubled and with a backslash they have none. */
const plain = (text: string): string =>
  harmless(text)
    .replace(/[{}]/g, '$&$&')
    .replace(/\[(?=[^\]]*\]\()/g, '\\[')

/** A server has no files; the address stands for one. Fingerprints keep results apart by check alone. */
const located = (url: string, id: string) => ({
  locations: [{ physicalLocation: { artifactLocation: { uri: encodeURI(decoded(url)) } } }],
  partialFingerprints: { 'check/v1': id },
})

/** Addresses that already are encoded aren't encoded once more. */
function decoded(url: string): string {
  try {
    return decodeURI(url.toWellFormed())
  } catch {
    return url.toWellFormed()
  }
}

const webExchange = ({ method, url, request, response }: Exchange) => ({
  webRequest: {
    protocol: 'HTTP',
    version: '1.1',
    target: url,
    method,
    headers: request.headers,
    ...(request.body !== '' && { body: { text: request.body } }),
  },
  webResponse: response
    ? {
        protocol: 'HTTP',
        version: '1.1',
        statusCode: response.status,
        reasonPhrase: response.statusText,
        headers: response.headers,
        ...(response.body !== '' && { body: { text: response.body } }),
      }
    : { noResponseReceived: true },
})

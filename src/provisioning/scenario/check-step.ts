import { isObject, type Json, type JsonObject, jsonEquals } from '../../scim/json.ts'
import type { JobConfig } from '../entra/job/job-state.ts'
import type { LogLine } from '../entra/job/log.ts'
import { DirectoryEditError } from '../kit/directory/edits.ts'
import type { TargetRequest } from '../kit/target.ts'
import type { ActionResult } from './actions.ts'
import {
  checkDirectory,
  checkResources,
  type ExpectationResult,
  expectationResult,
  findMissing,
} from './check-resources.ts'
import type { ScenarioContext } from './context.ts'
import { matchesPattern } from './injected-faults.ts'
import { type KnownIds, LookupError } from './lookup.ts'
import type { Expectation, ExpectedRequest } from './scenario.ts'

type Expected = Extract<ExpectedRequest, { kind: 'request' }>

function checkRequests(
  sent: readonly TargetRequest[],
  requests: readonly ExpectedRequest[],
  ids: KnownIds,
  { probes, wire, mapping }: JobConfig,
): ExpectationResult {
  const guid = '%22*-*-*-*-*%22'
  const expected = requests.flatMap((each): readonly Expected[] => {
    if (each.kind === 'request') return [each]
    return [
      ...times(probes.users, `/Users?filter=*+eq+${guid}`),
      ...times(
        mapping.groups.enabled ? probes.groups : 0,
        `/Groups?excludedAttributes=members&filter=*+eq+${guid}`,
      ),
    ]
  })
  const claim = `${sent.length === 1 ? 'the one request is' : `the ${sent.length} requests are`} as expected`
  for (let at = 0; at < Math.max(expected.length, sent.length); at++) {
    const mismatch = difference(expected[at], sent[at], ids, wire.dialect)
    if (mismatch !== undefined) return expectationResult(claim, `request ${at + 1}: ${mismatch}`)
  }
  return expectationResult(claim, undefined)
}

const times = (count: number, path: string): readonly Expected[] =>
  Array.from({ length: count }, () => ({ kind: 'request', pattern: { method: 'GET', path } }))

function difference(
  expected: Expected | undefined,
  sent: TargetRequest | undefined,
  ids: KnownIds,
  dialect: JobConfig['wire']['dialect'],
): string | undefined {
  const found = sent ? ids.withNames(`${sent.method} ${sent.path}`) : 'none'
  if (!expected) return `expected none, found ${found}`
  const { method, path } = expected.pattern
  if (!sent || !matchesPattern({ method, path: ids.resolveText(path) }, sent))
    return `expected ${method} ${path}, found ${found}`
  const body = expected.body === undefined ? sent.body : ids.resolveJson(expected.body)
  if (!jsonEquals(body, sent.body)) return bodyMismatch(found, expected.body, sent.body, ids)
  if (!expected.operations) return undefined
  const operations = expected.operations[dialect]
  const sentOperations = isObject(sent.body) ? sent.body.Operations : undefined
  return jsonEquals(ids.resolveJson(operations), sentOperations)
    ? undefined
    : bodyMismatch(found, operations, sentOperations, ids)
}

const bodyMismatch = (request: string, expected: Json | undefined, found: Json | undefined, ids: KnownIds) =>
  `${request}: expected the body ${JSON.stringify(expected)}, found ${ids.withNames(JSON.stringify(found) ?? 'none')}`

type StepEvents = ActionResult & {
  readonly sent: readonly TargetRequest[]
  readonly tokenRequests: number
  readonly logged: readonly LogLine[]
}

export async function checkStep(
  context: ScenarioContext,
  expect: Expectation,
  events: StepEvents,
): Promise<readonly ExpectationResult[]> {
  const checks: ExpectationResult[] = [...(events.checks ?? [])]
  try {
    checks.push(...checkJob(context, expect, events))
    checks.push(...(await checkTarget(context, expect)))
  } catch (error) {
    if (!(error instanceof LookupError || error instanceof DirectoryEditError)) throw error
    checks.push(expectationResult('the target can be queried', error.message))
  }
  return checks
}

function checkJob(
  context: ScenarioContext,
  expect: Expectation,
  { sent, tokenRequests, report, logged }: StepEvents,
): readonly ExpectationResult[] {
  const { cycle, job, requests, log } = expect
  const status = context.job.status() as unknown as Json
  return [
    ...(requests ? [checkRequests(sent, requests, context.ids, context.config)] : []),
    ...(expect.tokenRequests === undefined ? [] : [checkTokenRequests(tokenRequests, expect.tokenRequests)]),
    ...(cycle
      ? [expectationResult(`the cycle report has ${formatEntry(cycle)}`, findMissing(cycle, report))]
      : []),
    ...(job ? [expectationResult(`the job status has ${formatEntry(job)}`, findMissing(job, status))] : []),
    ...log.map(({ who, entry }) => checkLog(logged, who, entry)),
  ]
}

const checkTokenRequests = (sent: number, expected: number): ExpectationResult =>
  expectationResult(
    `the number of token requests is ${expected}`,
    sent === expected ? undefined : `it is ${sent}`,
  )

async function checkTarget(
  context: ScenarioContext,
  expect: Expectation,
): Promise<readonly ExpectationResult[]> {
  const { ids, config, directory, now, options, direct } = context
  const { state } = context.store
  const candidates = [...state.objects.values()].flatMap(({ target }) => target ?? [])
  const observed = { target: direct, ids, candidates, listMembers: options.listMembers }
  const results = await checkResources(observed, expect)
  if (!expect.asDirectory) return results
  return [...results, await checkDirectory({ observed, directory, config, state, now })]
}

const formatEntry = (expected: JsonObject): string =>
  Object.entries(expected)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

function checkLog(logged: readonly LogLine[], who: string, expected: JsonObject): ExpectationResult {
  const claim = `the log entry of ${who} has ${formatEntry(expected)}`
  const mismatches = logged
    .map(comparableEntry)
    .filter(entry => entry?.who.toLowerCase() === who.toLowerCase())
    .map(entry => findMissing(expected, entry))
  if (mismatches.length === 0) return expectationResult(claim, 'there is no log entry')
  return expectationResult(claim, mismatches.includes(undefined) ? undefined : mismatches[0])
}

function comparableEntry(line: LogLine) {
  if (line.log !== 'provisioning') return undefined
  const { status, errorInformation } = line.provisioningStatusInfo
  return {
    who: line.sourceIdentity.displayName,
    action: line.provisioningAction,
    status,
    errorCode: errorInformation?.errorCode ?? null,
  }
}

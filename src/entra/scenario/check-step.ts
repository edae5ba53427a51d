import { isObject, type Json, type JsonObject, jsonEquals } from '../../scim/json.ts'
import { DirectoryEditError } from '../directory/edits.ts'
import type { JobConfig } from '../job/job-config.ts'
import type { LogLine } from '../job/log.ts'
import type { TargetRequest } from '../target.ts'
import {
  checkDirectory,
  checkResources,
  type ExpectationResult,
  expectationResult,
  findMissing,
} from './check-resources.ts'
import { matchesPattern, type ScenarioContext } from './context.ts'
import { type KnownIds, LookupError } from './lookup.ts'
import type { ActionResult } from './perform.ts'
import type { Expectation, ExpectedRequest } from './scenario.ts'

type Expected = Extract<ExpectedRequest, { kind: 'request' }>

/** Compares all that was sent with the whole sequence that was to be sent. */
export function checkRequests(
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
  const what = `${sent.length === 1 ? 'the one request is' : `the ${sent.length} requests are`} as expected`
  for (let at = 0; at < Math.max(expected.length, sent.length); at++) {
    const lack = difference(expected[at], sent[at], ids, wire.dialect)
    if (lack !== undefined) return expectationResult(what, `request ${at + 1}: ${lack}`)
  }
  return expectationResult(what, undefined)
}

const times = (count: number, path: string): readonly Expected[] =>
  Array.from({ length: count }, () => ({ kind: 'request', pattern: { method: 'GET', path } }))

function difference(
  expected: Expected | undefined,
  sent: TargetRequest | undefined,
  ids: KnownIds,
  dialect: JobConfig['wire']['dialect'],
): string | undefined {
  const told = sent ? ids.withNames(`${sent.method} ${sent.path}`) : 'nothing more'
  if (!expected) return `${told} was sent, and nothing more expected`
  const { method, path } = expected.pattern
  if (!sent || !matchesPattern({ method, path: ids.resolveText(path) }, sent))
    return `expected ${method} ${path}, but ${told} was sent`
  const body = expected.body === undefined ? sent.body : ids.resolveJson(expected.body)
  if (!jsonEquals(body, sent.body)) return bodies(told, expected.body, sent.body, ids)
  if (!expected.operations) return undefined
  const operations = expected.operations[dialect]
  const found = isObject(sent.body) ? sent.body.Operations : undefined
  return jsonEquals(ids.resolveJson(operations), found) ? undefined : bodies(told, operations, found, ids)
}

const bodies = (told: string, expected: Json | undefined, found: Json | undefined, ids: KnownIds) =>
  `${told} was to carry ${JSON.stringify(expected)}, and carried ${ids.withNames(JSON.stringify(found) ?? 'nothing')}`

type StepEvents = ActionResult & {
  readonly sent: readonly TargetRequest[]
  readonly logged: readonly LogLine[]
}

/** Holds what came of a step against what was expected. */
export async function checkStep(
  context: ScenarioContext,
  expect: Expectation,
  happened: StepEvents,
): Promise<readonly ExpectationResult[]> {
  const checks: ExpectationResult[] = [...(happened.checks ?? [])]
  try {
    checks.push(...checkJob(context, expect, happened))
    checks.push(...(await checkBothSides(context, expect)))
  } catch (error) {
    if (!(error instanceof LookupError || error instanceof DirectoryEditError)) throw error
    checks.push(expectationResult('what is expected can be looked at', error.message))
  }
  return checks
}

function checkJob(
  context: ScenarioContext,
  expect: Expectation,
  { sent, report, logged }: StepEvents,
): readonly ExpectationResult[] {
  const { cycle, job, requests, log } = expect
  const status = context.job.status() as unknown as Json
  return [
    ...(requests ? [checkRequests(sent, requests, context.ids, context.config)] : []),
    ...(cycle
      ? [expectationResult(`the report says ${formatEntry(cycle)}`, findMissing(cycle, report))]
      : []),
    ...(job
      ? [expectationResult(`the status of the job says ${formatEntry(job)}`, findMissing(job, status))]
      : []),
    ...log.map(({ who, entry }) => checkLog(logged, who, entry)),
  ]
}

async function checkBothSides(
  context: ScenarioContext,
  expect: Expectation,
): Promise<readonly ExpectationResult[]> {
  const { ids, config, directory, now, options } = context
  const { state } = context.store
  const candidates = [...state.objects.values()].flatMap(({ target }) => target ?? [])
  const watch = { target: options.target, ids, candidates, listMembers: options.listMembers }
  const named = await checkResources(watch, expect)
  if (!expect.asDirectory) return named
  return [...named, await checkDirectory({ watch, directory, config, state, now })]
}

const formatEntry = (expected: JsonObject): string =>
  Object.entries(expected)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

function checkLog(logged: readonly LogLine[], who: string, expected: JsonObject): ExpectationResult {
  const what = `the log says of ${who}: ${formatEntry(expected)}`
  const lacks = logged
    .map(asInScenarios)
    .filter(entry => entry?.who.toLowerCase() === who.toLowerCase())
    .map(entry => findMissing(expected, entry))
  if (lacks.length === 0) return expectationResult(what, 'it says nothing of it')
  return expectationResult(what, lacks.includes(undefined) ? undefined : lacks[0])
}

/** What scenarios say of an entry. */
function asInScenarios(line: LogLine) {
  if (line.log !== 'provisioning') return undefined
  const { status, errorInformation } = line.provisioningStatusInfo
  return {
    who: line.sourceIdentity.displayName,
    action: line.provisioningAction,
    status,
    errorCode: errorInformation?.errorCode ?? null,
  }
}

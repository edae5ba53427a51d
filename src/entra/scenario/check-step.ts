import type { Json, JsonObject } from '../../scim/json.ts'
import { DirectoryEditError } from '../directory-edits.ts'
import type { LogLine } from '../log-file.ts'
import type { WireRequest } from '../wire.ts'
import { type Check, verdict } from './check.ts'
import { checkDirectory } from './check-directory.ts'
import { checkRequests } from './check-requests.ts'
import { checkTarget } from './check-target.ts'
import { missing } from './holds.ts'
import { LookError } from './look.ts'
import type { Done } from './perform.ts'
import type { Expectation } from './scenario.ts'
import type { Stage } from './stage.ts'

type Happened = Done & {
  readonly sent: readonly WireRequest[]
  readonly logged: readonly LogLine[]
}

/** Holds what came of a step against what was expected. */
export async function checkStep(
  stage: Stage,
  expect: Expectation,
  happened: Happened,
): Promise<readonly Check[]> {
  const checks: Check[] = [...(happened.checks ?? [])]
  try {
    checks.push(...checkJob(stage, expect, happened))
    checks.push(...(await checkBothSides(stage, expect)))
  } catch (error) {
    if (!(error instanceof LookError || error instanceof DirectoryEditError)) throw error
    checks.push(verdict('what is expected can be looked at', error.message))
  }
  return checks
}

function checkJob(stage: Stage, expect: Expectation, { sent, report, logged }: Happened): readonly Check[] {
  const { cycle, job, requests, log } = expect
  const status = stage.job.status() as unknown as Json
  return [
    ...(requests ? [checkRequests(sent, requests, stage.ids, stage.config)] : []),
    ...(cycle ? [verdict(`the report says ${told(cycle)}`, missing(cycle, report))] : []),
    ...(job ? [verdict(`the status of the job says ${told(job)}`, missing(job, status))] : []),
    ...log.map(({ who, entry }) => checkLog(logged, who, entry)),
  ]
}

async function checkBothSides(stage: Stage, expect: Expectation): Promise<readonly Check[]> {
  const { ids, config, directory, now, parts } = stage
  const { state } = stage.store
  const candidates = [...state.objects.values()].flatMap(({ target }) => target ?? [])
  const watch = { target: parts.target, ids, candidates, seeMembers: parts.seeMembers }
  const named = await checkTarget(watch, expect)
  if (!expect.asDirectory) return named
  return [...named, await checkDirectory({ watch, directory, config, state, now })]
}

const told = (expected: JsonObject): string =>
  Object.entries(expected)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')

function checkLog(logged: readonly LogLine[], who: string, expected: JsonObject): Check {
  const what = `the log says of ${who}: ${told(expected)}`
  const lacks = logged
    .map(asInScenarios)
    .filter(entry => entry?.who.toLowerCase() === who.toLowerCase())
    .map(entry => missing(expected, entry))
  if (lacks.length === 0) return verdict(what, 'it says nothing of it')
  return verdict(what, lacks.includes(undefined) ? undefined : lacks[0])
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

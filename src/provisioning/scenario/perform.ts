import { isObject, type Json } from '../../scim/json.ts'
import * as edits from '../kit/directory/edits.ts'
import { locate } from '../kit/directory/locate.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import { type ExpectationResult, expectationResult } from './check-resources.ts'
import { advanceTime, type ScenarioContext, type SecretRotation } from './context.ts'
import { describeCycle } from './describe.ts'
import type { Action, DirectoryEdit } from './scenario.ts'
import type { TokenFaults } from './token-faults.ts'

function applyEdit(directory: SourceDirectory, edit: DirectoryEdit, now: number): SourceDirectory {
  switch (edit.do) {
    case 'disable':
      return edits.disable(directory, edit.who)
    case 'enable':
      return edits.enable(directory, edit.who)
    case 'delete':
      return applyDelete(directory, edit.who, now)
    case 'purge':
      return edits.hardDelete(directory, edit.who)
    case 'restore':
      return edits.restore(directory, edit.who)
    case 'assign':
      return edits.assign(directory, edit.who, edit.role)
    case 'unassign':
      return edits.unassign(directory, edit.who)
    case 'change':
      return edits.changeAttributes(directory, edit.who, edit.attributes)
    case 'addUser':
      return edits.addUser(directory, edit.user)
    case 'addGroup':
      return edits.addGroup(directory, edit.group)
    case 'addMember':
      return edits.addMember(directory, edit.group, edit.who)
    case 'removeMember':
      return edits.removeMember(directory, edit.group, edit.who)
    case 'setManager':
      return edits.setManager(directory, edit.who, edit.manager)
  }
}

/** Users go to the recycle bin, security groups don't. */
const applyDelete = (directory: SourceDirectory, name: string, now: number): SourceDirectory =>
  locate(directory, name).kind === 'user'
    ? edits.softDelete(directory, name, now)
    : edits.deleteGroup(directory, name)

export type ActionResult = {
  readonly description?: string
  readonly report?: Json
  readonly checks?: readonly ExpectationResult[]
}

type ActionOf<Verb extends Action['do']> = Extract<Action, { readonly do: Verb }>

export class StepError extends Error {
  override name = 'StepError'
}

/** Carries out a step. Throws DirectoryEditError, OnDemandError or StepError if it isn't possible. */
export async function performAction(context: ScenarioContext, action: Action): Promise<ActionResult> {
  const { job, target, ids } = context
  switch (action.do) {
    case 'cycle':
      return runCycle(context)
    case 'onDemand':
      return provisionOnDemand(context, action)
    case 'request':
      return sendDirectRequest(context, action)
    case 'restart':
      await job.restart({ full: action.full })
      return {}
    case 'allowDeletions':
      await job.allowDeletions()
      return {}
    case 'advance':
      await advanceTime(context, action.by)
      return {}
    case 'fail': {
      const { on } = action.fault
      target.fail({ ...action.fault, ...(on && { on: { ...on, path: ids.resolveText(on.path) } }) })
      return {}
    }
    case 'expireToken':
      target.expireToken(action.after)
      return {}
    case 'renewToken':
      target.renewToken()
      return {}
    case 'failTokenRequests':
      tokensOf(context, action).fail(action.fault)
      return {}
    case 'expireSecret':
      tokensOf(context, action).expireSecret()
      return {}
    case 'renewSecret':
      tokensOf(context, action).renewSecret()
      return {}
    case 'createSecret':
      await secretsOf(context, action).create()
      return {}
    case 'deleteOldSecrets':
      await secretsOf(context, action).deleteOld()
      return {}
    case 'rotateKeys':
      await rotateKeys(context)
      return {}
    default:
      context.directory = applyEdit(context.directory, action, context.now)
      return {}
  }
}

function tokensOf({ tokens }: ScenarioContext, { do: verb }: Action): TokenFaults {
  if (tokens) return tokens
  throw new StepError(
    `"${verb}" requires a job that requests access tokens: --auth client-credentials, for example.`,
  )
}

function secretsOf({ options }: ScenarioContext, { do: verb }: Action): SecretRotation {
  if (options.secrets) return options.secrets
  throw new StepError(`"${verb}" requires --console and --auth client-credentials at a Scimulator server.`)
}

async function rotateKeys({ options }: ScenarioContext): Promise<void> {
  if (!options.rotateKeys)
    throw new StepError('"rotateKeys" requires --issuer with the address of `scimulator entra issuer`.')
  await options.rotateKeys()
}

async function runCycle(context: ScenarioContext): Promise<ActionResult> {
  const { job } = context
  await advanceTime(context, (job.status().nextCycleAt ?? context.now) - context.now)
  const report = await job.runCycle({ directory: context.directory })
  return { description: describeCycle(report), report: { ...report, ...report.counts } as unknown as Json }
}

async function provisionOnDemand(
  { job, ids, directory }: ScenarioContext,
  { who, members }: ActionOf<'onDemand'>,
): Promise<ActionResult> {
  const idOf = (name: string) => ids.objectIdOf(directory, name)
  const { key } = await job.provisionOnDemand({
    directory,
    objectId: idOf(who),
    ...(members && { members: members.map(idOf) }),
  })
  const report = JSON.parse(key) as { readonly result: string }
  return { description: `The response: ${report.result}.`, report }
}

async function sendDirectRequest(
  { direct, ids }: ScenarioContext,
  { request, as }: ActionOf<'request'>,
): Promise<ActionResult> {
  const { body } = request
  const response = await direct({
    ...request,
    path: ids.resolveText(request.path),
    ...(body !== undefined && { body: ids.resolveJson(body) }),
  })
  if (response.kind === 'none') return { checks: [expectationResult('the target responds', response.text)] }
  const { status, text } = response
  if (as !== undefined && isObject(response.body) && typeof response.body.id === 'string')
    ids.remember(as, response.body.id)
  const rejection = status < 300 ? undefined : `it returned ${status}: ${text}`
  return { checks: [expectationResult('the target accepts the request', rejection)] }
}

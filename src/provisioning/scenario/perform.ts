import { formatDuration } from '../../domain/duration.ts'
import { isObject, type Json } from '../../scim/json.ts'
import type { CycleReport } from '../entra/job/cycle-report.ts'
import * as edits from '../kit/directory/edits.ts'
import { locate } from '../kit/directory/edits.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import { type ExpectationResult, expectationResult } from './check-resources.ts'
import { advanceTime, type ScenarioContext, type SecretRotation, type TokenFaults } from './context.ts'
import type { Action, DirectoryEdit, Fault, TokenFault } from './scenario.ts'

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

export function describeAction(action: Action): string {
  switch (action.do) {
    case 'disable':
      return `The account of ${action.who} is disabled.`
    case 'enable':
      return `The account of ${action.who} is enabled.`
    case 'delete':
      return `${action.who} is deleted; users can be restored for 30 days.`
    case 'purge':
      return `${action.who} is permanently deleted.`
    case 'restore':
      return `${action.who} is restored.`
    case 'assign':
      return `${action.who} is assigned to the application${action.role ? ` as ${action.role.displayName}` : ''}.`
    case 'unassign':
      return `${action.who} is no longer assigned to the application.`
    case 'change':
      return `${action.who}: ${describeChanges(action.attributes)}.`
    case 'addUser':
      return `A user is added: ${String(action.user.userPrincipalName)}.`
    case 'addGroup':
      return `A group is added: ${String(action.group.displayName)}.`
    case 'addMember':
      return `${action.who} is added to the group ${action.group}.`
    case 'removeMember':
      return `${action.who} is removed from the group ${action.group}.`
    case 'setManager':
      return action.manager === undefined
        ? `The manager of ${action.who} is cleared.`
        : `The manager of ${action.who} is set to ${action.manager}.`
    case 'advance':
      return describeTime(formatDuration(action.by))
    case 'cycle':
      return 'A provisioning cycle runs.'
    case 'onDemand':
      return `${action.who} is provisioned on demand.`
    case 'restart':
      return `Provisioning is restarted${action.full ? ' and the links are cleared' : ''}.`
    case 'allowDeletions':
      return 'An administrator allows the held deletions.'
    case 'fail':
      return describeFault(action.fault)
    case 'expireToken':
      return action.after === 0
        ? 'The token expires.'
        : `The token expires after ${counted(action.after, 'more request')}.`
    case 'renewToken':
      return 'The token of the job is replaced.'
    case 'failTokenRequests':
      return describeTokenFault(action.fault)
    case 'expireSecret':
      return 'The client secret expires.'
    case 'renewSecret':
      return 'The client secret of the job is replaced.'
    case 'createSecret':
      return 'The job is given a second client secret.'
    case 'deleteOldSecrets':
      return 'The old client secret is deleted.'
    case 'rotateKeys':
      return 'Entra signs its tokens with a new key.'
    case 'request':
      return `Another client sends ${action.request.method} ${action.request.path}.`
  }
}

const describeTime = (duration: string) => `${duration} ${duration.startsWith('1 ') ? 'passes' : 'pass'}.`

const describeChanges = (attributes: object) =>
  Object.entries(attributes)
    .map(([name, value]) =>
      value === null || value === '' ? `${name} is cleared` : `${name} changes to ${JSON.stringify(value)}`,
    )
    .join(', ')

function describeFault({ with: fault, next, on }: Fault): string {
  const pattern = on ? `${on.method} ${on.path}` : undefined
  const requests =
    next === 1
      ? `The next ${pattern ?? 'request'}`
      : `The next ${next} ${pattern ? `${pattern} requests` : 'requests'}`
  const verb = (singular: string, plural: string) => `${requests} ${next === 1 ? singular : plural}`
  switch (fault) {
    case 'timeout':
      return `${verb('times', 'time')} out.`
    case 'connection':
      return `${verb('fails', 'fail')}: connection refused.`
    case 'html':
      return `${verb('returns', 'return')} a web page.`
    case 'duplicate':
      return `${verb('returns', 'return')} each resource twice.`
    case 429:
      return `${verb('returns', 'return')} 429 Too Many Requests.`
    default:
      return `${verb('returns', 'return')} status ${fault}.`
  }
}

function describeTokenFault({ with: fault, next }: TokenFault): string {
  const requests = next === 1 ? 'The next token request' : `The next ${next} token requests`
  const verb = (singular: string, plural: string) => `${requests} ${next === 1 ? singular : plural}`
  if (fault === 'timeout') return `${verb('times', 'time')} out.`
  if (fault === 'connection') return `${verb('fails', 'fail')}: connection refused.`
  return `${verb('returns', 'return')} status ${fault}.`
}

const names = {
  created: 'created',
  matched: 'matched',
  updated: 'updated',
  disabled: 'disabled',
  deleted: 'deleted',
  stagedDeletes: 'held',
  failed: 'failed',
  membersAdded: 'member added',
  membersRemoved: 'member removed',
  managersSet: 'manager set',
} as const

export function describeCycle({ kind, ending, requests, writes, counts, quarantine }: CycleReport): string {
  const done = Object.entries(names).flatMap(([name, word]) => {
    const count = counts[name as keyof typeof names]
    return count > 0 ? [`${count} ${count === 1 ? word : word.replace(/^(member|manager) /, '$1s ')}`] : []
  })
  const changes = done.length > 0 ? done.join(', ') : 'no changes'
  const sent = `${counted(requests, 'request')}, ${counted(writes, 'write')}`
  const end = ending === 'quarantined' ? ` The job is in quarantine: ${quarantine?.reason}.` : ''
  return `${kind === 'initial' ? 'The initial' : 'An incremental'} cycle ${endings[ending]}: ${changes} (${sent}).${end}`
}

const endings = {
  completed: 'ran',
  stopped: 'was stopped',
  quarantined: 'ended early',
  waiting: 'did not run',
  disabled: 'did not run',
} as const

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

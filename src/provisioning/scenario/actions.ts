import { formatDuration, readDuration } from '../../domain/duration.ts'
import { isObject, type Json } from '../../scim/json.ts'
import type { CycleReport } from '../entra/job/cycle-report.ts'
import type { ProblemList, UncheckedFields } from '../entra/mapping/fields.ts'
import * as edits from '../kit/directory/edits.ts'
import type { AppRole, SourceDirectory } from '../kit/directory/source-directory.ts'
import { type ExpectationResult, expectationResult } from './check-resources.ts'
import { advanceTime, type ScenarioContext, type SecretRotation } from './context.ts'
import {
  describeFault,
  type Fault,
  readFault,
  readFaultKind,
  StepFields,
  type TokenFault,
  type TokenFaults,
} from './injected-faults.ts'
import { readRequestPattern } from './read-expectation.ts'

export type ActionResult = {
  readonly description?: string
  readonly report?: Json
  readonly checks?: readonly ExpectationResult[]
}

/** What a step does. */
export type Action = {
  readonly do: string
  readonly description: string
  /** Throws DirectoryEditError, OnDemandError or StepError if it isn't possible. */
  perform(context: ScenarioContext): Promise<ActionResult | undefined>
}

export class StepError extends Error {
  override name = 'StepError'
}

type ActionKind = {
  readonly members: readonly string[]
  read(step: StepFields): Omit<Action, 'do'>
  /** The verb in reports, if it differs. */
  readonly reportedAs?: string
}

function action<Given>(
  members: readonly string[],
  read: (step: StepFields) => Given,
  describe: (given: Given) => string,
  perform: (context: ScenarioContext, given: Given) => Promise<ActionResult | undefined> | undefined,
): ActionKind {
  return {
    members,
    read: step => {
      const given = read(step)
      return {
        description: describe(given),
        perform: async context => (await perform(context, given)) ?? undefined,
      }
    },
  }
}

/** A change that administrators make in the directory. Objects are named by userPrincipalName, displayName or objectId. */
const edit = <Given>(
  members: readonly string[],
  read: (step: StepFields) => Given,
  describe: (given: Given) => string,
  apply: (directory: SourceDirectory, given: Given, now: number) => SourceDirectory,
) =>
  action(members, read, describe, (context, given) => {
    context.directory = apply(context.directory, given, context.now)
  })

const editOf = (
  describe: (who: string) => string,
  apply: (directory: SourceDirectory, who: string, now: number) => SourceDirectory,
) => edit(['who'], step => step.text('who'), describe, apply)

const membership = (
  describe: (given: { readonly who: string; readonly group: string }) => string,
  apply: (directory: SourceDirectory, group: string, who: string) => SourceDirectory,
) =>
  edit(
    ['who', 'group'],
    step => ({ who: step.text('who'), group: step.text('group') }),
    describe,
    (directory, { who, group }) => apply(directory, group, who),
  )

const incident = (
  description: string,
  perform: (context: ScenarioContext) => Promise<ActionResult | undefined> | undefined,
) =>
  action(
    [],
    () => undefined,
    () => description,
    perform,
  )

const fault = (members: readonly string[], read: (step: StepFields) => Fault) =>
  action(
    members,
    read,
    given => describeFault(given),
    ({ target, ids }, given) => {
      const { on } = given
      target.fail({ ...given, ...(on && { on: { ...on, path: ids.resolveText(on.path) } }) })
    },
  )

const actions: Readonly<Record<string, ActionKind>> = {
  disable: editOf(who => `The account of ${who} is disabled.`, edits.disable),
  enable: editOf(who => `The account of ${who} is enabled.`, edits.enable),
  delete: editOf(who => `${who} is deleted; users can be restored for 30 days.`, deleteObject),
  purge: editOf(who => `${who} is permanently deleted.`, edits.hardDelete),
  restore: editOf(who => `${who} is restored.`, edits.restore),
  unassign: editOf(who => `${who} is no longer assigned to the application.`, edits.unassign),
  assign: edit(
    ['who', 'role'],
    step => ({ who: step.text('who'), role: readRole(step) }),
    ({ who, role }) => `${who} is assigned to the application${role ? ` as ${role.displayName}` : ''}.`,
    (directory, { who, role }) => edits.assign(directory, who, role),
  ),
  change: edit(
    ['who', 'attributes'],
    step => ({ who: step.text('who'), attributes: step.object('attributes') }),
    ({ who, attributes }) => `${who}: ${describeChanges(attributes)}.`,
    (directory, { who, attributes }) => edits.changeAttributes(directory, who, attributes),
  ),
  addUser: edit(
    ['user'],
    step => step.object('user'),
    user => `A user is added: ${String(user.userPrincipalName)}.`,
    edits.addUser,
  ),
  addGroup: edit(
    ['group'],
    step => step.object('group'),
    group => `A group is added: ${String(group.displayName)}.`,
    edits.addGroup,
  ),
  addMember: membership(({ who, group }) => `${who} is added to the group ${group}.`, edits.addMember),
  removeMember: membership(
    ({ who, group }) => `${who} is removed from the group ${group}.`,
    edits.removeMember,
  ),
  setManager: edit(
    ['who', 'manager'],
    step => ({
      who: step.text('who'),
      manager: step.fields.manager === null ? undefined : step.text('manager'),
    }),
    ({ who, manager }) =>
      `The manager of ${who} is ${manager === undefined ? 'cleared' : `set to ${manager}`}.`,
    (directory, { who, manager }) => edits.setManager(directory, who, manager),
  ),
  cycle: incident('A provisioning cycle runs.', runCycle),
  onDemand: action(
    ['who', 'members'],
    readOnDemand,
    ({ who }) => `${who} is provisioned on demand.`,
    provisionOnDemand,
  ),
  restart: action(
    ['full'],
    ({ problems, fields, place }) => problems.boolean(fields, 'full', place) ?? false,
    full => `Provisioning is restarted${full ? ' and the links are cleared' : ''}.`,
    async ({ job }, full) => {
      await job.restart({ full })
    },
  ),
  allowDeletions: incident('An administrator allows the held deletions.', async ({ job }) => {
    await job.allowDeletions()
  }),
  advance: action(
    ['by'],
    readAdvance,
    by => describeTime(formatDuration(by)),
    async (context, by) => {
      await advanceTime(context, by)
    },
  ),
  fail: fault(['with', 'next', 'on'], readFault),
  throttle: { ...fault(['next', 'on'], step => ({ ...readFault(step), with: 429 })), reportedAs: 'fail' },
  expireToken: action(
    ['after'],
    step => step.count('after', 0),
    after =>
      after === 0 ? 'The token expires.' : `The token expires after ${counted(after, 'more request')}.`,
    ({ target }, after) => {
      target.expireToken(after)
    },
  ),
  renewToken: incident('The token of the job is replaced.', ({ target }) => {
    target.renewToken()
  }),
  failTokenRequests: action(
    ['with', 'next'],
    (step): TokenFault => ({
      with: readFaultKind(step, ['timeout', 'connection']),
      next: step.count('next', 1),
    }),
    given => describeFault(given, 'token request'),
    (context, given) => {
      tokensOf(context, 'failTokenRequests').fail(given)
    },
  ),
  expireSecret: incident('The client secret expires.', context => {
    tokensOf(context, 'expireSecret').expireSecret()
  }),
  renewSecret: incident('The client secret of the job is replaced.', context => {
    tokensOf(context, 'renewSecret').renewSecret()
  }),
  createSecret: incident('The job is given a second client secret.', async context => {
    await secretsOf(context, 'createSecret').create()
  }),
  deleteOldSecrets: incident('The old client secret is deleted.', async context => {
    await secretsOf(context, 'deleteOldSecrets').deleteOld()
  }),
  rotateKeys: incident('Entra signs its tokens with a new key.', rotateKeys),
  request: action(
    ['send', 'body', 'as'],
    readDirectRequest,
    ({ method, path }) => `Another client sends ${method} ${path}.`,
    sendDirectRequest,
  ),
}

function readRole(step: StepFields): AppRole | undefined {
  if (step.fields.role === undefined) return undefined
  const { id, value, displayName } = step.object('role')
  if (typeof id === 'string' && typeof value === 'string' && typeof displayName === 'string')
    return { id, value, displayName }
  step.wrong('role', 'must have an id, a value and a displayName.')
  return undefined
}

/** Users go to the recycle bin, security groups don't. */
function deleteObject(directory: SourceDirectory, name: string, now: number): SourceDirectory {
  return edits.locate(directory, name).kind === 'user'
    ? edits.softDelete(directory, name, now)
    : edits.deleteGroup(directory, name)
}

async function runCycle(context: ScenarioContext): Promise<ActionResult> {
  const { job } = context
  await advanceTime(context, (job.status().nextCycleAt ?? context.now) - context.now)
  const report = await job.runCycle({ directory: context.directory })
  return { description: describeCycle(report), report: { ...report, ...report.counts } as unknown as Json }
}

type OnDemand = { readonly who: string; readonly members: readonly string[] | undefined }

function readOnDemand(step: StepFields): OnDemand {
  const { members } = step.fields
  const who = step.text('who')
  const isValid = Array.isArray(members) && members.every(each => typeof each === 'string')
  if (members !== undefined && !isValid) step.wrong('members', 'must be a list of names.')
  return { who, members: isValid ? members : undefined }
}

async function provisionOnDemand(
  { job, ids, directory }: ScenarioContext,
  { who, members }: OnDemand,
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

function readAdvance(step: StepFields): number {
  const by = readDuration(step.text('by'))
  if (by === undefined) step.wrong('by', 'must be a duration such as 40m, 6h or 30d.')
  return by ?? 0
}

function tokensOf({ tokens }: ScenarioContext, verb: string): TokenFaults {
  if (tokens) return tokens
  throw new StepError(
    `"${verb}" requires a job that requests access tokens: --auth client-credentials, for example.`,
  )
}

function secretsOf({ options }: ScenarioContext, verb: string): SecretRotation {
  if (options.secrets) return options.secrets
  throw new StepError(`"${verb}" requires --console and --auth client-credentials at a Scimulator server.`)
}

async function rotateKeys({ options }: ScenarioContext): Promise<undefined> {
  if (!options.rotateKeys)
    throw new StepError('"rotateKeys" requires --issuer with the address of `scimulator entra issuer`.')
  await options.rotateKeys()
}

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const

function readDirectRequest(step: StepFields) {
  const pattern = readRequestPattern(step.fields.send, `${step.place}.send`, step.problems)
  const method = methods.find(each => each === pattern?.method) ?? 'GET'
  const body = step.fields.body as Json | undefined
  const as = step.problems.text(step.fields, 'as', step.place, 'optional')
  return { method, path: pattern?.path ?? '/', body, as }
}

async function sendDirectRequest(
  { direct, ids }: ScenarioContext,
  { method, path, body, as }: ReturnType<typeof readDirectRequest>,
): Promise<ActionResult> {
  const response = await direct({
    method,
    path: ids.resolveText(path),
    ...(body !== undefined && { body: ids.resolveJson(body) }),
  })
  if (response.kind === 'none') return { checks: [expectationResult('the target responds', response.text)] }
  const { status, text } = response
  if (as !== undefined && isObject(response.body) && typeof response.body.id === 'string')
    ids.remember(as, response.body.id)
  const rejection = status < 300 ? undefined : `it returned ${status}: ${text}`
  return { checks: [expectationResult('the target accepts the request', rejection)] }
}

/** The action of a verb, or undefined. `read` expects fields without unknown members. */
export function findAction(verb: unknown) {
  const kind = typeof verb === 'string' && Object.hasOwn(actions, verb) ? actions[verb] : undefined
  if (typeof verb !== 'string' || !kind) return undefined
  const { members, read, reportedAs = verb } = kind
  return {
    members,
    read: (fields: UncheckedFields, place: string, problems: ProblemList): Action => ({
      do: reportedAs,
      ...read(new StepFields(fields, place, problems)),
    }),
  }
}

export const verbs: readonly string[] = Object.keys(actions)

const describeTime = (duration: string) => `${duration} ${duration.startsWith('1 ') ? 'passes' : 'pass'}.`

const describeChanges = (attributes: object) =>
  Object.entries(attributes)
    .map(([name, value]) =>
      value === null || value === '' ? `${name} is cleared` : `${name} changes to ${JSON.stringify(value)}`,
    )
    .join(', ')

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

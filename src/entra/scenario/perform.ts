import { isObject, type Json } from '../../scim/json.ts'
import { type Check, verdict } from './check.ts'
import { edited } from './edit.ts'
import type { Action } from './scenario.ts'
import { pass, type Stage } from './stage.ts'
import { cycleInWords } from './words.ts'

/** What came of a step. */
export type Done = {
  readonly words?: string
  /** A cycle's report, or the answer to a demand. */
  readonly report?: Json
  readonly checks?: readonly Check[]
}

type Of<Verb extends Action['do']> = Extract<Action, { readonly do: Verb }>

/** Takes a step. Throws DirectoryEditError or DemandError for one that can't be meant. */
export async function perform(stage: Stage, action: Action): Promise<Done> {
  const { job, target, ids } = stage
  switch (action.do) {
    case 'cycle':
      return runCycle(stage)
    case 'onDemand':
      return provisionOnDemand(stage, action)
    case 'request':
      return behindEntrasBack(stage, action)
    case 'restart':
      await job.restart({ full: action.full })
      return {}
    case 'allowDeletions':
      await job.allowDeletions()
      return {}
    case 'advance':
      await pass(stage, action.by)
      return {}
    case 'fail': {
      const { on } = action.fault
      target.fail({ ...action.fault, ...(on && { on: { ...on, path: ids.filled(on.path) } }) })
      return {}
    }
    case 'expireToken':
      target.expireToken(action.after)
      return {}
    case 'renewToken':
      target.renewToken()
      return {}
    default:
      stage.directory = edited(stage.directory, action, stage.now)
      return {}
  }
}

/** When the service would run it: 40 minutes on, or at the next attempt of a quarantine. */
async function runCycle(stage: Stage): Promise<Done> {
  const { job } = stage
  await pass(stage, (job.status().nextCycleAt ?? stage.now) - stage.now)
  const report = await job.runCycle({ directory: stage.directory })
  return { words: cycleInWords(report), report: { ...report, ...report.counts } as unknown as Json }
}

async function provisionOnDemand(
  { job, ids, directory }: Stage,
  { who, members }: Of<'onDemand'>,
): Promise<Done> {
  const idOf = (name: string) => ids.objectIdOf(directory, name)
  const { key } = await job.provisionOnDemand({
    directory,
    objectId: idOf(who),
    ...(members && { members: members.map(idOf) }),
  })
  const report = JSON.parse(key) as { readonly result: string }
  return { words: `The answer: ${report.result}.`, report }
}

async function behindEntrasBack({ parts, ids }: Stage, { request, as }: Of<'request'>): Promise<Done> {
  const { body } = request
  const answer = await parts.target({
    ...request,
    path: ids.filled(request.path),
    ...(body !== undefined && { body: ids.filledJson(body) }),
  })
  if (answer.kind === 'none') return { checks: [verdict('the target answers', answer.text)] }
  const { status, text } = answer
  if (as !== undefined && isObject(answer.body) && typeof answer.body.id === 'string')
    ids.keep(as, answer.body.id)
  const refusal = status < 300 ? undefined : `it answered ${status}: ${text}`
  return { checks: [verdict('the target takes it', refusal)] }
}

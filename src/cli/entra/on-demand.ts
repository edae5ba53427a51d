import type { Command } from 'commander'
import { DemandError } from '../../entra/on-demand.ts'
import { wrongUse } from '../cli-error.ts'
import { sessionOf } from '../session.ts'
import { findObject } from './find-object.ts'
import { settingsOf } from './job-flags.ts'
import { demandInWords, resultOf } from './on-demand-in-words.ts'
import { openJob } from './open-job.ts'
import { sourceAt } from './source.ts'

export type OnDemandOptions = { readonly member?: readonly string[] }

/** `scimulator entra on-demand USER`: provisions one user, or a group with a few members, now. */
export async function onDemand(named: string, { member }: OnDemandOptions, command: Command): Promise<void> {
  const settings = settingsOf(command, ['url', 'token', 'directory'])
  const directory = await sourceAt(settings.directory)()
  const { objectId } = findObject(directory, named)
  const members = member?.map(each => findObject(directory, each).objectId)
  const opened = await openJob(settings)
  try {
    const answer = await opened.job.provisionOnDemand({ directory, objectId, ...(members && { members }) })
    sessionOf(command).show(answer, demandInWords(answer))
    process.exitCode = resultOf(answer) === 'Failure' ? 1 : 0
  } catch (error) {
    if (error instanceof DemandError) throw wrongUse(error.message)
    throw error
  } finally {
    await opened.close()
  }
}

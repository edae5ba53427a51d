import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { sessionOf } from './session.ts'

type CompactedAnswer = { readonly before: number; readonly after: number }

/** `scimulator compact`: returns the space of deleted data to the file system. */
export function compactCommand(program: Command): void {
  program
    .command('compact')
    .description('Return the space of deleted data to the file system')
    .action(compact)
}

async function compact(_options: object, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const answer = await api.post<CompactedAnswer>(apiPath('compact'))
  show(answer, `The database has ${inMiB(answer.after)}; it had ${inMiB(answer.before)}.\n`)
}

const inMiB = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`

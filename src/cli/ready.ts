import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import type { ApiClient } from './api-client.ts'
import { CliError } from './cli-error.ts'
import { readDuration } from './duration.ts'
import { sessionOf } from './session.ts'

/** `scimulator ready`: for scripts and health checks. */
export function readyCommand(program: Command): void {
  program
    .command('ready')
    .description('say whether the server takes requests')
    .option('--wait <duration>', 'wait so long until it does, for example 30s', readDuration, 0)
    .action(ready)
}

async function ready({ wait }: { readonly wait: number }, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const answer = await readyBefore(api, performance.now() + wait)
  show(answer, 'The server is ready.\n')
}

const shortestAttempt = 2000
const betweenAttempts = 100

async function readyBefore(api: ApiClient, deadline: number): Promise<unknown> {
  for (;;) {
    const left = Math.max(deadline - performance.now(), shortestAttempt)
    try {
      return await api.get('/readyz', { signal: AbortSignal.timeout(Math.ceil(left)) })
    } catch (error) {
      if (!(error instanceof CliError) || performance.now() >= deadline) throw error
    }
    await pause(Math.max(0, Math.min(betweenAttempts, deadline - performance.now())))
  }
}

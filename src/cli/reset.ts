import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { wrongUse } from './cli-error.ts'
import { sessionOf } from './session.ts'

type ResetAnswer = { readonly tenants: readonly string[] }
type Options = { readonly tenant?: string; readonly yes?: true }

/** `scimulator reset`: start over. */
export function resetCommand(program: Command): void {
  program
    .command('reset')
    .description('forget users, groups, history and journal, and set the clock back; tokens stay')
    .option('-t, --tenant <id>', 'of this tenant only')
    .option('--yes', 'yes, forget them')
    .action(reset)
}

async function reset({ tenant, yes }: Options, command: Command): Promise<void> {
  if (!yes) {
    const whose = tenant === undefined ? 'every tenant' : `the tenant ${tenant}`
    throw wrongUse(`This forgets users, groups, history and journal of ${whose}: repeat it with --yes.`)
  }
  const { api, show } = sessionOf(command)
  const answer = await api.post<ResetAnswer>(apiPath('reset'), { body: { tenant } })
  show(answer, `Reset ${answer.tenants.join(', ')}.\n`)
}

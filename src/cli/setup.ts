import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { tenantOption } from './options.ts'
import { sessionOf } from './session.ts'
import { whichTenant } from './which-tenant.ts'
import { printable, tenantTimeInWords } from './words.ts'

type SetupAnswer = {
  readonly endpoint: string
  readonly steps: readonly {
    readonly title: string
    readonly done: boolean
    readonly at?: string
    readonly tenantTime?: string
    readonly hint: string
  }[]
}

/** `scimulator setup`: how far the set-up of provisioning is. */
export function setupCommand(program: Command): void {
  program
    .command('setup')
    .description("how far the set-up of Entra ID's provisioning is, and what comes next")
    .addOption(tenantOption())
    .action(showSetup)
}

async function showSetup({ tenant }: { readonly tenant?: string }, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const id = await whichTenant(api, tenant)
  const setup = await api.get<SetupAnswer>(apiPath('tenants', id, 'setup'))
  show(setup, setupInWords(setup))
}

function setupInWords({ endpoint, steps }: SetupAnswer): string {
  const lines = steps.map(({ title, done, at, tenantTime }) =>
    [
      done ? '[x]' : '[ ]',
      title,
      ...(tenantTime === undefined ? [] : [`(${tenantTimeInWords(at ?? tenantTime, tenantTime)})`]),
    ].join(' '),
  )
  const next = steps.find(({ done }) => !done)
  const last = next ? `Next: ${printable(next.hint)}` : 'All is done.'
  return `${[`Tenant URL  ${printable(endpoint)}`, '', ...lines, '', last].join('\n')}\n`
}

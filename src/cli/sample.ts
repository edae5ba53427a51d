import type { Command } from 'commander'
import { apiPath } from './api-client.ts'
import { CliError } from './cli-error.ts'
import { tenantOption } from './options.ts'
import { sessionOf } from './session.ts'
import { whichTenant } from './which-tenant.ts'
import { counted } from './words.ts'

type SampleAnswer = {
  readonly requests: number
  readonly created: number
  readonly changed: number
  readonly failed: number
}

/** `scimulator sample`: a tenant is filled with Springfield, as Entra ID would. */
export function sampleCommand(program: Command): void {
  program
    .command('sample')
    .description('provision a sample directory into a tenant, as Entra ID would')
    .addOption(tenantOption())
    .action(runSample)
}

async function runSample({ tenant }: { readonly tenant?: string }, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const id = await whichTenant(api, tenant)
  const answer = await api.post<SampleAnswer>(apiPath('tenants', id, 'sample'))
  const { requests, created, changed, failed } = answer
  show(
    answer,
    `Sent ${counted(requests, 'request')} to the tenant ${id}: ${created} created something, ${changed} wrote to it, ${failed} failed.\n`,
  )
  if (failed > 0) throw new CliError('See `scimulator journal list --status 4xx` for what was refused.')
}

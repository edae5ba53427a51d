import type { Command } from 'commander'
import type { Setup } from '../contract/setup.ts'
import { CliError } from './cli-error.ts'
import { tenantOption } from './options.ts'
import { formatCount, formatTenantTime, printable } from './output.ts'
import { createSession, resolveTenant } from './session.ts'

/** `scimulator sample`: provisions the Springfield directory, as Entra ID would. */
export function sampleCommand(program: Command): void {
  program
    .command('sample')
    .description('Provision a sample directory into a tenant, as Entra ID would')
    .addOption(tenantOption())
    .action(runSample)
}

async function runSample({ tenant }: { readonly tenant?: string }, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const result = await api.call('POST /tenants/:tenant/sample', { params: { tenant: id } })
  const { requests, created, modified, failed } = result
  show(
    result,
    `Sent ${formatCount(requests, 'request')} to tenant ${id}: ${created} created, ${modified} modified, ${failed} failed.\n`,
  )
  if (failed > 0) throw new CliError('Some requests failed. See `scimulator journal list --status 4xx`.')
}

/** `scimulator setup`: the setup steps of provisioning. */
export function setupCommand(program: Command): void {
  program
    .command('setup')
    .description('Show completed and next steps of the Entra ID setup')
    .addOption(tenantOption())
    .action(showSetup)
}

async function showSetup({ tenant }: { readonly tenant?: string }, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const setup = await api.call('GET /tenants/:tenant/setup', { params: { tenant: id } })
  show(setup, formatSetup(setup))
}

function formatSetup({ endpoint, steps }: Setup): string {
  const lines = steps.map(({ title, done, at, tenantTime }) =>
    [
      done ? '[x]' : '[ ]',
      title,
      ...(tenantTime === undefined ? [] : [`(${formatTenantTime(at ?? tenantTime, tenantTime)})`]),
    ].join(' '),
  )
  const next = steps.find(({ done }) => !done)
  const last = next ? `Next: ${printable(next.hint)}` : 'Setup complete.'
  return `${[`Tenant URL  ${printable(endpoint)}`, '', ...lines, '', last].join('\n')}\n`
}

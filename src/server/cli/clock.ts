import { Argument, type Command } from 'commander'
import type { ClockChange } from '../../domain/contract/clock.ts'
import { defaultCommand, parseDurationText, parseTime, tenantOption } from './options.ts'
import { createSession, resolveTenant } from './session.ts'
import { formatClock } from './tenants.ts'

type TenantOption = { readonly tenant?: string }

/** `scimulator clock`: the virtual clock of a tenant. */
export function clockCommand(clock: Command): void {
  defaultCommand(clock, 'show', 'Show the clock').addOption(tenantOption()).action(showClock)
  clock
    .command('advance')
    .description('Advance the clock')
    .addArgument(new Argument('<duration>', 'Such as 90d or 1h30m').argParser(parseDurationText))
    .addOption(tenantOption())
    .action((advance: string, options: TenantOption, command: Command) =>
      change({ advance }, options, command),
    )
  clock
    .command('set')
    .description('Set the clock to a later time')
    .addArgument(new Argument('<time>', 'Such as 2027-03-01T09:30:00Z').argParser(parseTime))
    .addOption(tenantOption())
    .action((now: string, options: TenantOption, command: Command) => change({ now }, options, command))
}

async function showClock({ tenant }: TenantOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const clock = await api.call('GET /tenants/:tenant/clock', { params: { tenant: id } })
  show(clock, `${formatClock(clock)}\n`)
}

async function change(body: ClockChange, { tenant }: TenantOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const clock = await api.call('PUT /tenants/:tenant/clock', { params: { tenant: id }, body })
  show(clock, `${formatClock(clock)}\n`)
}

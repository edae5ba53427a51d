import { Argument, type Command } from 'commander'
import { apiPath } from './api-client.ts'
import { defaultCommand, parseDurationText, parseTime, tenantOption } from './options.ts'
import { createSession, resolveTenant } from './session.ts'
import { type ClockAnswer, formatClock } from './tenants.ts'

type Named = { readonly tenant?: string }
type Change = { readonly now: string } | { readonly advance: string }

/** `scimulator clock`: the clock of a tenant, so that a year can pass in a test. */
export function clockCommand(program: Command): void {
  const clock = program.command('clock').description("a tenant's clock, which can be moved forward")
  defaultCommand(clock, 'show', 'show it').addOption(tenantOption()).action(showClock)
  clock
    .command('advance')
    .description('move it forward')
    .addArgument(new Argument('<duration>', 'for example 90d or 1h30m').argParser(parseDurationText))
    .addOption(tenantOption())
    .action((advance: string, options: Named, command: Command) => change({ advance }, options, command))
  clock
    .command('set')
    .description('set it to a later time')
    .addArgument(new Argument('<time>', 'for example 2027-03-01T09:30:00Z').argParser(parseTime))
    .addOption(tenantOption())
    .action((now: string, options: Named, command: Command) => change({ now }, options, command))
}

async function showClock({ tenant }: Named, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const clock = await api.get<ClockAnswer>(apiPath('tenants', id, 'clock'))
  show(clock, `${formatClock(clock)}\n`)
}

async function change(body: Change, { tenant }: Named, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const clock = await api.put<ClockAnswer>(apiPath('tenants', id, 'clock'), { body })
  show(clock, `${formatClock(clock)}\n`)
}

import { type Command, InvalidArgumentError, Option } from 'commander'
import { authSettings, entraSettings } from '../../../provisioning/entra/settings.ts'
import { withSettings } from '../job-settings.ts'
import { limitOption, parseDurationText, tenantOption, wholeNumber } from '../options.ts'
import type { GenerateOptions } from './generate.ts'
import type { IssuerOptions } from './issuer.ts'
import type { RestartOptions } from './job-commands.ts'
import { type LogOptions, parseSince } from './log.ts'
import type { OnDemandOptions } from './on-demand.ts'
import type { RunOptions } from './scenario.ts'
import type { SyncOptions } from './sync.ts'

export function addEntraCommands(entra: Command): void {
  testConnectionCommand(entra)
  syncCommand(entra)
  onDemandCommand(entra)
  restartCommand(entra)
  statusCommand(entra)
  logCommand(entra)
  generateCommand(entra)
  runCommand(entra)
  issuerCommand(entra)
}

const testConnectionCommand = (entra: Command): Command =>
  withSettings(entra.command('test-connection'), entraSettings)
    .description("Search for random GUIDs, as the portal's Test Connection button does")
    .action(async (options: object, command: Command) =>
      (await import('./job-commands.ts')).testConnection(options, command),
    )

const syncCommand = (entra: Command): Command =>
  withSettings(entra.command('sync'), entraSettings)
    .description('Run a provisioning cycle: first the initial cycle, then incremental ones')
    .option('--watch', 'Run cycles repeatedly; reread the directory before each')
    .option('--every <duration>', 'With --watch: interval between cycles (default: 40m)', parseDurationText)
    .option('--fast', "With --watch: advance the job's clock instead of waiting, until no work remains")
    .option('--for <duration>', "With --watch: stop after this time on the job's clock", parseDurationText)
    .option('--now', 'Run even if the job is in quarantine')
    .option('--allow-deletions', 'Apply deletions held by the accidental-deletion threshold')
    .action(async (options: SyncOptions, command: Command) =>
      (await import('./sync.ts')).sync(options, command),
    )

const onDemandCommand = (entra: Command): Command =>
  withSettings(entra.command('on-demand <user>'), entraSettings)
    .description('Provision one user or group now, always in the default dialect')
    .option('--member <user>', 'Member of the group to provision; repeatable, at most 5', collected)
    .action(async (user: string, options: OnDemandOptions, command: Command) =>
      (await import('./on-demand.ts')).onDemand(user, options, command),
    )

const restartCommand = (entra: Command): Command =>
  withSettings(entra.command('restart'), entraSettings, ['state'])
    .description('Clear the watermark, escrows and quarantine; the next cycle is initial')
    .option('--full', 'Also clear the links between directory and target')
    .action(async (options: RestartOptions, command: Command) =>
      (await import('./job-commands.ts')).restart(options, command),
    )

const statusCommand = (entra: Command): Command =>
  withSettings(entra.command('status'), entraSettings, ['state'])
    .description('Show job status and pending retries')
    .action(async (options: object, command: Command) =>
      (await import('./job-commands.ts')).status(options, command),
    )

const logCommand = (entra: Command): Command =>
  withSettings(entra.command('log'), entraSettings, ['state'])
    .description("Show the provisioning log, newest last; --json prints Microsoft Graph's format")
    .option('--audit', 'Show the audit log of the job')
    .option('--since <when>', 'Start time or age: 2027-03-01, 90m', parseSince)
    .option('--user <name or id>', 'Filter by text in the name or ID of the user or group')
    .addOption(
      new Option('--action <action>', 'Filter by action').choices([
        'create',
        'update',
        'disable',
        'delete',
        'stageddelete',
        'other',
      ]),
    )
    .addOption(
      new Option('--status <status>', 'Filter by status').choices([
        'success',
        'warning',
        'failure',
        'skipped',
      ]),
    )
    .addOption(limitOption(50))
    .action(async (options: LogOptions, command: Command) => (await import('./log.ts')).log(options, command))

const generateCommand = (entra: Command): Command =>
  entra
    .command('generate')
    .description('Generate a sample directory (same seed, same data)')
    .addOption(new Option('--users <number>', 'Number of users').default(100).argParser(anyCount))
    .addOption(new Option('--groups <number>', 'Number of groups').default(10).argParser(anyCount))
    .addOption(new Option('--group-size <number>', 'Members per group').default(100).argParser(anyCount))
    .addOption(
      new Option('--seed <number>', 'Seed; another seed generates another directory')
        .default(1)
        .argParser(anyCount),
    )
    .option('--out <file>', 'Output file (default: standard output)')
    .action(async (options: GenerateOptions) => (await import('./generate.ts')).generate(options))

const targetAndRequests = [
  'url',
  ...(Object.keys(authSettings) as (keyof typeof authSettings)[]),
  'sendManagerOnCreate',
  'activeAsStringOnCreate',
  'memberNullRef',
  'groupSchemaMs',
  'keepFlagInQuery',
  'timeout',
] as const

const runCommand = (entra: Command): Command =>
  withSettings(entra.command('run <scenario>'), entraSettings, targetAndRequests)
    .description('Run a scenario against an empty target: a file or a built-in scenario')
    .addOption(tenantOption())
    .action(async (scenario: string, options: RunOptions, command: Command) =>
      (await import('./scenario.ts')).run(scenario, options, command),
    )

const issuerCommand = (entra: Command): Command =>
  entra
    .command('issuer')
    .description("Stand in for Microsoft's token service, on a loopback address")
    .addOption(
      new Option('--port <number>', '0 picks a free port').default(8082).argParser(wholeNumber(0, 65_535)),
    )
    .option('--tenant-id <guid>', 'ID of the directory (default: the same in every run)', parseGuid)
    .option('--rotate <duration>', 'Sign with a new key at this interval', parseDurationText)
    .option('--as-microsoft', "Name Microsoft's addresses as the issuers of its tokens")
    .action(async (options: IssuerOptions, command: Command) =>
      (await import('./issuer.ts')).issuer(options, command),
    )

const parseGuid = (text: string): string => {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text
  throw new InvalidArgumentError('Expected a GUID such as 01234567-89ab-4def-8123-456789abcdef.')
}

const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

const anyCount = wholeNumber(0, 9_999_999)

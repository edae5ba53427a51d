import { type Command, InvalidArgumentError, Option } from 'commander'
import { limitOption, parseDurationText, tenantOption } from '../options.ts'
import type { GenerateOptions } from './generate.ts'
import type { RestartOptions } from './job-commands.ts'
import { withJobOptions, withStateOption, withTargetOptions } from './job-file.ts'
import { type LogOptions, parseSince } from './log.ts'
import type { OnDemandOptions } from './on-demand.ts'
import type { RunOptions } from './scenario.ts'
import type { SyncOptions } from './sync.ts'

/** `scimulator entra`: plays the part of Entra ID's provisioning service. What a command needs is loaded with it. */
export function entraCommand(program: Command): void {
  const entra = program.command('entra').description("play the part of Entra ID's provisioning service")
  testConnectionCommand(entra)
  syncCommand(entra)
  onDemandCommand(entra)
  restartCommand(entra)
  statusCommand(entra)
  logCommand(entra)
  generateCommand(entra)
  runCommand(entra)
}

const testConnectionCommand = (entra: Command): Command =>
  withJobOptions(entra.command('test-connection'))
    .description('look up random GUIDs, as the button of that name does')
    .action(async (options: object, command: Command) =>
      (await import('./job-commands.ts')).testConnection(options, command),
    )

const syncCommand = (entra: Command): Command =>
  withJobOptions(entra.command('sync'))
    .description('run a provisioning cycle: the initial one first, then what has changed')
    .option('--watch', 'run one cycle after another, and read the directory again each time')
    .option(
      '--every <duration>',
      'with --watch: from one cycle to the next (default: 40m)',
      parseDurationText,
    )
    .option('--fast', "with --watch: move the job's clock on, until nothing is left to be done")
    .option('--for <duration>', "with --watch: end after so long by the job's clock", parseDurationText)
    .option('--now', 'also while the job waits in quarantine')
    .option('--allow-deletions', 'let pass what the accidental-deletion threshold held back')
    .action(async (options: SyncOptions, command: Command) =>
      (await import('./sync.ts')).sync(options, command),
    )

const onDemandCommand = (entra: Command): Command =>
  withJobOptions(entra.command('on-demand <user>'))
    .description('provision one user, or group, now: always in the default dialect')
    .option('--member <user>', 'a member of the group, five at most', collected)
    .action(async (user: string, options: OnDemandOptions, command: Command) =>
      (await import('./on-demand.ts')).onDemand(user, options, command),
    )

const restartCommand = (entra: Command): Command =>
  withStateOption(entra.command('restart'))
    .description('forget watermark, escrows and quarantine: the next cycle is an initial one')
    .option('--full', 'forget the links as well')
    .action(async (options: RestartOptions, command: Command) =>
      (await import('./job-commands.ts')).restart(options, command),
    )

const statusCommand = (entra: Command): Command =>
  withStateOption(entra.command('status'))
    .description('say how the job is, and who waits for another attempt')
    .action(async (options: object, command: Command) =>
      (await import('./job-commands.ts')).status(options, command),
    )

const logCommand = (entra: Command): Command =>
  withStateOption(entra.command('log'))
    .description('show what was done to whom, newest last; with --json as Microsoft Graph tells it')
    .option('--audit', 'show what was done to the job itself')
    .option('--since <when>', 'only since a time, or for so long: 2027-03-01, 90m', parseSince)
    .option('--user <name or id>', 'only about users, or groups, with this in their name or id')
    .addOption(
      new Option('--action <action>', 'only of this kind').choices([
        'create',
        'update',
        'disable',
        'delete',
        'stageddelete',
        'other',
      ]),
    )
    .addOption(
      new Option('--status <status>', 'only with this outcome').choices([
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
    .description('write an invented directory, always the same one for the same numbers')
    .addOption(new Option('--users <number>', 'how many users').default(100).argParser(wholeNumber))
    .addOption(new Option('--groups <number>', 'how many groups').default(10).argParser(wholeNumber))
    .addOption(new Option('--group-size <number>', 'members of each').default(100).argParser(wholeNumber))
    .addOption(
      new Option('--seed <number>', 'another one, another directory').default(1).argParser(wholeNumber),
    )
    .option('--out <file>', 'the file to write; the output when left out')
    .action(async (options: GenerateOptions) => (await import('./generate.ts')).generate(options))

const runCommand = (entra: Command): Command =>
  withTargetOptions(entra.command('run <scenario>'))
    .description('play a scenario against an empty target: a file, or the name of one that comes along')
    .addOption(tenantOption())
    .action(async (scenario: string, options: RunOptions, command: Command) =>
      (await import('./scenario.ts')).run(scenario, options, command),
    )

const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function wholeNumber(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number.')
}

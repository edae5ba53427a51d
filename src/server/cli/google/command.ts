import type { Command } from 'commander'
import type { JobOption } from '../job-option.ts'
import { withJobOptions } from '../job-settings.ts'
import { parseDurationText } from '../options.ts'
import type { TimingOptions } from '../watch.ts'
import { connectionOptions, deprovisioningOptions, format, jobOptions, stateOption } from './job-options.ts'

/** The commands of `scimulator google`. Each loads its own modules. */
export function addGoogleCommands(google: Command): void {
  withOptions(google.command('activate'), connectionOptions)
    .description('Send the request with which auto-provisioning starts')
    .action(async (_options: object, command: Command) =>
      (await import('./job-commands.ts')).activate(command),
    )
  withOptions(google.command('sync'), jobOptions)
    .description('Send all changes since the last run, and suspend and delete users whose delays are over')
    .option('--watch', 'Run repeatedly; reread the directory before each run')
    .option('--every <duration>', 'With --watch: interval between runs (default: 10m)', parseDurationText)
    .option(
      '--fast',
      "With --watch: advance the job's clock to the end of the next delay, until none is left",
    )
    .option('--for <duration>', "With --watch: stop after this time on the job's clock", parseDurationText)
    .action(async (options: TimingOptions, command: Command) =>
      (await import('./job-commands.ts')).sync(options, command),
    )
  withOptions(google.command('status'), [stateOption, ...deprovisioningOptions])
    .description('Show counts of users, errors by kind, and who is suspended or deleted next')
    .action(async (_options: object, command: Command) => (await import('./job-commands.ts')).status(command))
  withOptions(google.command('deprovision-settings'), deprovisioningOptions)
    .description('Show when users are suspended and deleted, by occasion')
    .action(async (_options: object, command: Command) =>
      (await import('./job-commands.ts')).deprovisionSettings(command),
    )
}

const withOptions = (command: Command, options: readonly JobOption[]): Command =>
  withJobOptions(command, format, options)

import type { Command } from 'commander'
import { googleSettings } from '../../../provisioning/google/settings.ts'
import { withSettings } from '../job-settings.ts'
import { parseDurationText } from '../options.ts'
import type { TimingOptions } from '../watch.ts'

const delays = ['suspendAfter', 'deleteAfter'] as const

export function addGoogleCommands(google: Command): void {
  withSettings(google.command('activate'), googleSettings, ['url', 'token', 'maxRps', 'timeout'])
    .description('Send the request with which auto-provisioning starts')
    .action(async (_options: object, command: Command) =>
      (await import('./job-commands.ts')).activate(command),
    )
  withSettings(google.command('sync'), googleSettings)
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
  withSettings(google.command('status'), googleSettings, ['state', ...delays])
    .description('Show counts of users, errors by kind, and who is suspended or deleted next')
    .action(async (_options: object, command: Command) => (await import('./job-commands.ts')).status(command))
  withSettings(google.command('deprovision-settings'), googleSettings, delays)
    .description('Show when users are suspended and deleted, by occasion')
    .action(async (_options: object, command: Command) =>
      (await import('./job-commands.ts')).deprovisionSettings(command),
    )
}

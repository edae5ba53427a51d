import type { Command } from 'commander'
import { oktaSettings } from '../../../provisioning/okta/settings.ts'
import { withSettings } from '../job-settings.ts'
import type { AssignOptions, PushOptions, SendOptions } from './job-commands.ts'

export function addOktaCommands(okta: Command): void {
  withSettings(okta.command('test'), oktaSettings, ['url', 'token', 'maxRps', 'timeout'])
    .description('Send the requests of Test API Credentials')
    .action(async (_options: object, command: Command) => (await import('./job-commands.ts')).test(command))
  sending(okta.command('assign <user>'))
    .description('Assign a user: search, then link and update, or create')
    .option('--remove', 'Unassign the user, which deactivates the account')
    .action(async (user: string, options: AssignOptions, command: Command) =>
      (await import('./job-commands.ts')).assign(user, options, command),
    )
  sending(okta.command('push <group>'))
    .description('Push a group: link or create it, then send changes of its members')
    .option('--now', 'Send all members, as Push now does')
    .option('--unlink', 'End the push: delete the group in the app, or leave it there')
    .action(async (group: string, options: PushOptions, command: Command) =>
      (await import('./job-commands.ts')).push(group, options, command),
    )
  sending(okta.command('sync'))
    .description('Send all changes since the last run: users, then pushed groups')
    .action(async (options: SendOptions, command: Command) =>
      (await import('./job-commands.ts')).sync(options, command),
    )
  sending(okta.command('import'))
    .description('Read users and groups of the app page by page, and link users by their user names')
    .action(async (options: SendOptions, command: Command) =>
      (await import('./job-commands.ts')).importAll(options, command),
    )
  withSettings(okta.command('tasks'), oktaSettings, ['state', 'appLabel'])
    .description('List changes that failed, with the sentence that Okta shows')
    .action(async (_options: object, command: Command) => (await import('./job-commands.ts')).tasks(command))
  sending(okta.command('retry [names...]'))
    .description('Send failed changes again: all, or those of the named users and groups')
    .action(async (names: readonly string[], options: SendOptions, command: Command) =>
      (await import('./job-commands.ts')).retry(names, options, command),
    )
}

const sending = (command: Command): Command =>
  withSettings(command, oktaSettings).option(
    '--fast',
    "Advance the job's clock instead of waiting after a 429",
  )

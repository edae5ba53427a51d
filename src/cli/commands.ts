import { Command, CommanderError } from 'commander'
import { settings } from '../server/settings.ts'
import { version } from '../server/version.ts'
import { checkCommand } from './check.ts'
import { CliError } from './cli-error.ts'
import { clockCommand } from './clock.ts'
import { cyclesCommand } from './cycles.ts'
import { entraCommand } from './entra/command.ts'
import { faultsCommand } from './faults.ts'
import { findingsCommand } from './findings.ts'
import { groupsCommand, usersCommand } from './identities.ts'
import { journalCommand } from './journal.ts'
import { consoleOption, consoleTokenOption } from './options.ts'
import { formatTable, printableLines } from './output.ts'
import { reconcileCommand } from './reconcile.ts'
import { compactCommand, readyCommand, resetCommand, settingsCommand } from './server.ts'
import { sampleCommand, setupCommand } from './setup.ts'
import { snapshotCommand } from './snapshots.ts'
import { staleCommand } from './stale.ts'
import { tenantsCommand } from './tenants.ts'
import { tokensCommand } from './tokens.ts'
import { webhooksCommand } from './webhooks.ts'

/** The server's settings for `--help`. */
export const formatServerOptions = (): string =>
  [
    'Settings of the server (the flag counts before the environment variable):',
    ...formatTable(
      [
        { name: 'flag', of: ({ flag }) => `--${flag}` },
        { name: 'environment variable', of: ({ variable }) => variable },
        { name: 'meaning', of: ({ description }) => description },
        {
          name: 'default',
          of: ({ defaultValue, defaultText }) => defaultValue ?? defaultText,
        },
      ],
      settings,
    )
      .trimEnd()
      .split('\n')
      .map(line => `  ${line}`),
    '',
  ].join('\n')

/** Runs what a shell asked for, and leaves the exit code: 0 done, 1 it is not so, 2 wrong use. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  // `scimulator journal tail | head` ends when `head` has had enough.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    await createProgram().parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has written help or its sentence by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (!(error instanceof CliError)) throw error
  process.stderr.write(`scimulator: ${printableLines(error.message)}\n`)
  return error.exitCode
}

/** Every command, for running one and for documenting all. */
export function createProgram(): Command {
  const program = new Command('scimulator')
    .description('A SCIM server that behaves like AWS IAM Identity Center and shows what happens.')
    .usage('[settings of the server]\n       scimulator <command> [options]')
    .version(version, '--version', 'show the version')
    .helpOption('-h, --help', 'show this')
    .addOption(consoleOption())
    .addOption(consoleTokenOption())
    .option('--json', 'show what the API answered')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'scimulator: ')),
    })
    .exitOverride()
    .addHelpText('after', () => `\n${formatServerOptions()}`)
  serveCommand(program)
  tenantsCommand(program)
  tokensCommand(program)
  usersCommand(program)
  groupsCommand(program)
  staleCommand(program)
  journalCommand(program)
  cyclesCommand(program)
  findingsCommand(program)
  faultsCommand(program)
  setupCommand(program)
  sampleCommand(program)
  reconcileCommand(program)
  clockCommand(program)
  snapshotCommand(program)
  resetCommand(program)
  compactCommand(program)
  settingsCommand(program)
  webhooksCommand(program)
  readyCommand(program)
  entraCommand(program)
  checkCommand(program)
  return program
}

/** Here for its help alone: the program starts the server before commands are looked at. */
const serveCommand = (program: Command): Command =>
  program
    .command('serve')
    .usage('[settings]')
    .description('start the server; so does `scimulator` alone')
    .addHelpText('after', () => `\n${formatServerOptions()}`)

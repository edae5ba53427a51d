import { Command, CommanderError } from 'commander'
import { InvalidIdError } from '../../domain/contract/client.ts'
import { settings } from '../settings.ts'
import { version } from '../version.ts'
import { accessCommand } from './access.ts'
import { auditCommand } from './audit.ts'
import { checkCommand } from './check.ts'
import { CliError, formatUsageError, wrongUse } from './cli-error.ts'
import { clientsCommand } from './clients.ts'
import { clockCommand } from './clock.ts'
import { completionCommand } from './completion.ts'
import { consoleTokensCommand } from './console-tokens.ts'
import { cyclesCommand } from './cycles.ts'
import { migrateCommand, moveCommand } from './databases.ts'
import { faultsCommand } from './faults.ts'
import { findingsCommand } from './findings.ts'
import { groupsCommand, usersCommand } from './identities.ts'
import { issuersCommand } from './issuers.ts'
import { journalCommand } from './journal.ts'
import { keysCommand } from './keys.ts'
import { consoleOption, consoleTokenOption } from './options.ts'
import { printableLines } from './output.ts'
import { overviewCommand } from './overview.ts'
import { preflightCommand } from './preflight.ts'
import { reconcileCommand } from './reconcile.ts'
import { recordingCommand } from './recording.ts'
import { replayCommand } from './replay.ts'
import { compactCommand, readyCommand, resetCommand, settingsCommand } from './server.ts'
import { sessionFileCommand } from './session-file.ts'
import { sessionsCommand } from './sessions.ts'
import { sampleCommand, setupCommand } from './setup.ts'
import { signInCommand } from './sign-in.ts'
import { snapshotCommand } from './snapshots.ts'
import { staleCommand } from './stale.ts'
import { formatTable } from './table.ts'
import { tenantsCommand } from './tenants.ts'
import { tokensCommand } from './tokens.ts'
import { webhooksCommand } from './webhooks.ts'
import { whyCommand } from './why.ts'

/** The server's settings for `--help`. */
const formatServerOptions = (): string =>
  [
    'Server options (flags override environment variables):',
    ...formatTable(
      [
        { name: 'flag', of: ({ flag }) => `--${flag}` },
        { name: 'environment variable', of: ({ variable }) => variable },
        { name: 'description', of: ({ description }) => description },
        { name: 'default', of: ({ defaultValue, defaultText }) => defaultValue ?? defaultText },
      ],
      settings,
    )
      .trimEnd()
      .split('\n')
      .map(line => `  ${line}`),
    '',
  ].join('\n')

/** Runs a command and sets the exit code: 0 success, 1 failure, 2 invalid use. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  // The reader of a pipe may stop early: `scimulator journal tail | head`.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    const program = await createProgram(argv)
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has already written help or its error message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof InvalidIdError) return exitCodeOf(wrongUse(error.message))
  if (!(error instanceof CliError)) throw error
  process.stderr.write(`scimulator: ${printableLines(error.message)}\n`)
  return error.exitCode
}

/** The commands that the arguments can need; all of them without arguments. */
export async function createProgram(argv?: readonly string[]): Promise<Command> {
  const program = new Command('scimulator')
    .description('SCIM 2.0 server that emulates AWS IAM Identity Center and shows what clients send.')
    .usage('[server options]\n       scimulator <command> [options]')
    .version(version, '--version', 'Show version')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .addOption(consoleOption())
    .addOption(consoleTokenOption())
    .option('--json', 'Print the API response as JSON')
    .option('--wide', 'Print tables with all columns and whole values, wider than the terminal if necessary')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      outputError: (text, write) => write(`scimulator: ${printableLines(formatUsageError(text))}\n`),
    })
    .exitOverride()
    .addHelpText('after', () => `\n${formatServerOptions()}`)
  serveCommand(program)
  testServerCommand(program)
  tenantsCommand(program)
  tokensCommand(program)
  issuersCommand(program)
  clientsCommand(program)
  keysCommand(program)
  usersCommand(program)
  groupsCommand(program)
  whyCommand(program)
  staleCommand(program)
  accessCommand(program)
  signInCommand(program)
  overviewCommand(program)
  journalCommand(program)
  cyclesCommand(program)
  findingsCommand(program)
  sessionFileCommand(program)
  faultsCommand(program)
  setupCommand(program)
  sampleCommand(program)
  reconcileCommand(program)
  preflightCommand(program)
  clockCommand(program)
  snapshotCommand(program)
  resetCommand(program)
  compactCommand(program)
  migrateCommand(program)
  moveCommand(program)
  settingsCommand(program)
  consoleTokensCommand(program)
  auditCommand(program)
  webhooksCommand(program)
  sessionsCommand(program)
  readyCommand(program)
  await entraCommand(program, argv)
  await oktaCommand(program, argv)
  await googleCommand(program, argv)
  checkCommand(program)
  replayCommand(program)
  recordingCommand(program)
  completionCommand(program)
  return program
}

/** `scimulator entra`: its options need zod and the provisioning job, which the other commands do not load. */
async function entraCommand(program: Command, argv: readonly string[] = ['entra']): Promise<void> {
  const entra = program.command('entra').description('Simulate Entra ID provisioning')
  if (!argv.includes('entra')) return
  const { addEntraCommands } = await import('./entra/command.ts')
  addEntraCommands(entra)
}

/** `scimulator okta`: as for Entra ID. */
async function oktaCommand(program: Command, argv: readonly string[] = ['okta']): Promise<void> {
  const okta = program.command('okta').description('Simulate Okta provisioning')
  if (!argv.includes('okta')) return
  const { addOktaCommands } = await import('./okta/command.ts')
  addOktaCommands(okta)
}

/** `scimulator google`: as for Entra ID. */
async function googleCommand(program: Command, argv: readonly string[] = ['google']): Promise<void> {
  const google = program.command('google').description('Simulate Google Workspace provisioning')
  if (!argv.includes('google')) return
  const { addGoogleCommands } = await import('./google/command.ts')
  addGoogleCommands(google)
}

/** For help only: the program starts the server before it parses commands. */
const serveCommand = (program: Command): Command =>
  program
    .command('serve')
    .usage('[server options]')
    .description('Start the server, as `scimulator` alone does')
    .addHelpText('after', () => `\n${formatServerOptions()}`)

const testServerDetails = `
The first line of standard output is a JSON object: url, token, tenant, console, and aws with the profile aws. The log goes to
standard error. The server keeps data in memory and listens on free ports of the loopback address, unless its options say
otherwise; environment variables have no effect. If standard input is a pipe, the server stops when it closes, and so with
the program that started it.
`

/** For help only, as `serve`. */
const testServerCommand = (program: Command): Command =>
  program
    .command('test-server')
    .usage('[server options]')
    .description('Start a server for a test suite in any language')
    .addHelpText('after', () => `${testServerDetails}\n${formatServerOptions()}`)

import { Command, CommanderError, Help } from 'commander'
import { InvalidIdError } from '../../domain/contract/client.ts'
import { version } from '../version.ts'
import { CliError, formatUsageError, wrongUse } from './cli-error.ts'
import { firstCommandWord, nameOf, nouns } from './nouns.ts'
import { consoleOption, consoleTokenOption } from './options.ts'
import { printableLines } from './output.ts'

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
    .configureHelp({ showGlobalOptions: true, subcommandTerm })
    .configureOutput({
      outputError: (text, write) => write(`scimulator: ${printableLines(formatUsageError(text))}\n`),
    })
    .exitOverride()
  for (const noun of nouns) {
    const command = program.command(nameOf(noun), { hidden: noun.summary === '' })
    command.description(noun.summary)
    if (argv === undefined || argv.includes(nameOf(noun))) (await noun.load())(command)
  }
  if (argv === undefined || printsProgramHelp(argv)) {
    const { formatServerOptions } = await import('./serve.ts')
    program.addHelpText('after', () => `\n${formatServerOptions()}`)
  }
  return program
}

/** Commander does not know whether a noun that is not loaded has options. */
const subcommandTerm = (command: Command): string =>
  nouns.find(noun => command.parent?.parent === null && nameOf(noun) === command.name())?.usage ??
  new Help().subcommandTerm(command)

function printsProgramHelp(argv: readonly string[]): boolean {
  const word = firstCommandWord(argv)
  return !nouns.some(noun => nameOf(noun) === word)
}

import { Command, CommanderError, Help } from 'commander'
import { InvalidIdError } from '../../domain/contract/client.ts'
import { version } from '../version.ts'
import { asksForJson, CliError, formatError, formatUsageError, wrongUse } from './cli-error.ts'
import { firstCommandWord, nameOf, nouns } from './nouns.ts'
import { consoleOption, consoleTokenOption } from './options.ts'

/** Runs a command and sets the exit code: 0 success, 1 failure, 2 invalid use. */
export async function runCommand(argv: readonly string[]): Promise<void> {
  // The reader of a pipe may stop early: `scimulator journal tail | head`.
  process.stdout.on('error', error => {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    const program = await createProgram(argv)
    await program.parseAsync(withoutVainHelp(program, argv), { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodeOf(error, asksForJson(argv))
  }
}

function exitCodeOf(error: unknown, isJson: boolean): number {
  // Commander has already written help or its error message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof InvalidIdError) return exitCodeOf(wrongUse(error.message), isJson)
  if (!(error instanceof CliError)) throw error
  process.stderr.write(formatError(error.message, { isJson, ...titleOf(error), ...error.problem }))
  return error.exitCode
}

const invalidUse = { title: 'Invalid use' }
const titleOf = ({ exitCode }: CliError) => (exitCode === 2 ? invalidUse : {})

/**
 * Without the request for help about a command that does not exist, for which Commander would print the help of the program or of the
 * noun.
 */
function withoutVainHelp(program: Command, argv: readonly string[]): readonly string[] {
  const given = withHelpLast(argv)
  const word = firstCommandWord(given)
  if (word === undefined || word.startsWith('-')) return given
  const noun = commandIn(program, word)
  const next = given[given.indexOf(word) + 1]
  const isKnown =
    noun &&
    (noun.commands.length === 0 || next === undefined || next.startsWith('-') || commandIn(noun, next))
  return isKnown ? given : given.filter(arg => arg !== '--help' && arg !== '-h')
}

/** `help users show` and `users help show` as `users show --help`. */
function withHelpLast(argv: readonly string[]): readonly string[] {
  const word = firstCommandWord(argv)
  const first = argv.indexOf(word ?? '')
  const at = word === 'help' ? first : first + 1
  const topic = argv[at + 1]
  const isHelp = argv[at] === 'help' && topic !== undefined && !/^(-|help$)/.test(topic)
  return isHelp ? [...argv.toSpliced(at, 1), '--help'] : argv
}

const commandIn = (group: Command, name: string): Command | undefined =>
  group.commands.find(each => each.name() === name)

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
    // Long names of options leave little room, which Commander would not wrap in.
    .configureHelp({ showGlobalOptions: true, subcommandTerm, minWidthToWrap: 20 })
    .configureOutput({
      outputError: (text, write) =>
        write(formatError(formatUsageError(text), { isJson: asksForJson(argv ?? []), ...invalidUse })),
    })
    .exitOverride()
  for (const noun of nouns) {
    const command = program.command(nameOf(noun), { hidden: noun.summary === '' })
    command.description(noun.summary)
    if (argv === undefined || argv.includes(nameOf(noun))) (await noun.load())(command)
  }
  if (argv === undefined || printsProgramHelp(argv)) {
    const { formatProgramHelp } = await import('./help.ts')
    program.helpInformation = formatProgramHelp
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

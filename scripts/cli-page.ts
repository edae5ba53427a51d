import type { Command, Option } from 'commander'
import { createProgram } from '../src/server/cli/commands.ts'
import { groups } from '../src/server/cli/help.ts'
import { table } from './markdown-table.ts'

const section = (command: Command, parent: string, level: number): string => {
  const name = `${parent} ${command.name()}`
  const options = command.options.filter(option => !option.hidden)
  const parts = [
    `\n${'#'.repeat(level)} ${name}\n`,
    command.description() && `\n${sentence(command.description())}\n`,
    isRunnable(command) && `\n\`\`\`\n${name} ${command.usage()}\n\`\`\`\n`,
    options.length > 0 && `\n${optionTable(options)}`,
    ...command.commands.map(child => section(child, name, level + 1)),
  ]
  return parts.filter(part => typeof part === 'string').join('')
}

/** A group of commands has no usage of its own. */
const isRunnable = (command: Command): boolean => command.commands.length === 0

const optionTable = (options: readonly Option[]): string =>
  `${table(
    ['option', 'meaning', 'default'],
    options.map(option => [
      `\`${option.flags}\``,
      markdown(option.description),
      option.defaultValue === undefined || option.defaultValue === false
        ? ''
        : `\`${option.defaultValueDescription ?? option.defaultValue}\``,
    ]),
  )}\n`

const markdown = (text: string): string => text.replaceAll('<', '\\<')
const sentence = (text: string): string => {
  const capital = text.charAt(0).toUpperCase() + text.slice(1)
  return markdown(/[.!?…]$/.test(capital) ? capital : `${capital}.`)
}

const program = await createProgram()
const commands = program.commands.filter(command => command.description() !== '')

/** docs/cli: a page for each command with its subcommands, arguments and options. */
export const commandPages = commands.map(command => ({
  name: command.name(),
  file: new URL(`../docs/cli/${command.name()}.md`, import.meta.url),
  text: `${section(command, 'scimulator', 1).trimStart()}
[All commands](../cli.md), and the options that every command has
`,
}))

const indexOf = (title: string, names: readonly string[]) => `## ${title}

${table(
  ['command', 'meaning'],
  commands
    .filter(command => names.includes(command.name()))
    .map(command => [`[\`${command.name()}\`](cli/${command.name()}.md)`, markdown(command.description())]),
)}
`

/** docs/cli.md: all commands, in the groups of the help. */
export const cliPage = `# Command line

Generated from the commands by \`npm run docs\`, with a page for each command.

\`scimulator\` without a command starts the server; [Configuration](configuration.md) lists its options. Every other command talks to a
running server through its console, except \`entra\`, \`okta\`, \`google\`, \`check\` and \`replay\`, which talk to a SCIM server,
\`backup\`, \`restore\`, \`migrate\` and \`move\`, which use its database, and \`preflight\` and \`recording\`, which need no server. Without an installation, run them as
\`npx scimulator …\`. The exit code is 0 when the command succeeded, 1 when it did not, and 2 for invalid use.
[scim-compliance](../scim-compliance/README.md#options) lists the options of \`check\`. \`test-server\` starts a server for
[tests](testing-other-languages.md), with the same options as \`serve\`.

On a terminal, lists fit its width: times are relative, IDs are cut to a beginning that commands accept, long reasons continue below
their row, and columns that matter least are left out. \`--wide\` prints everything. Files and pipes get all columns, whole values and
times in UTC. Scripts should read \`--json\`: columns may be added. With \`--json\`, an error is one line on standard error, such as
\`{"error":{"type":"urn:scimulator:problem:not-found","title":"Not found","status":404,"detail":"…"}}\`.

These options apply to every command:

${optionTable(program.options)}
${Object.entries(groups)
  .map(([title, names]) => indexOf(title, names))
  .join('\n')}`

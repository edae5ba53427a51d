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

/** Where the options of commands are that do not list them here. */
const optionsElsewhere: Readonly<Record<string, string>> = {
  serve: '[Configuration](../configuration.md) lists the options.',
  'test-server':
    'The options are those of [`serve`](serve.md). [Use in tests of other languages](../testing-other-languages.md) has examples.',
  check: '[scim-compliance](../../scim-compliance/README.md#options) lists the options.',
}

/** docs/cli: a page for each command with its subcommands, arguments and options. */
export const commandPages = commands.map(command => ({
  name: command.name(),
  file: new URL(`../docs/cli/${command.name()}.md`, import.meta.url),
  text: `${section(command, 'scimulator', 1).trimStart()}
${[optionsElsewhere[command.name()], `[All commands, and the options of every command](../cli.md)`].filter(Boolean).join('\n\n')}
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

\`scimulator\` without a command starts the server. Without an installation, run commands as \`npx scimulator …\`. \`npm run docs\` generates
these pages from the commands.

| commands | work on |
| --- | --- |
| \`serve\`, \`test-server\` | a server that they start |
| \`entra\`, \`okta\`, \`google\`, \`check\`, \`replay\`, \`proxy\` | any SCIM server |
| \`backup\`, \`restore\`, \`migrate\`, \`move\` | the database |
| \`preflight\`, \`recording\` | files |
| \`rehearse\`, \`drift\` | files, or tenants of a running server |
| \`commands\`, \`completion\` | the program itself |
| the others | a running server, through its console |

The exit code is 0 if the command succeeded, 1 if it failed or found what its description names, and 2 for invalid use.

## Output

- On a terminal, lists fit its width: times are relative, IDs are shortened to a prefix that commands accept, and the least important
  columns are left out. \`--wide\` prints everything.
- Files and pipes get all columns, whole values and times in UTC.
- Scripts should read \`--json\`, because later versions may add columns. An error is then one line on standard error, such as
  \`{"error":{"type":"urn:scimulator:problem:not-found","title":"Not found","status":404,"detail":"…"}}\`.

## Common options

${optionTable(program.options)}
${Object.entries(groups)
  .map(([title, names]) => indexOf(title, names))
  .join('\n')}`

import { Argument, type Command, type Option } from 'commander'
import { wrongUse } from './cli-error.ts'
import type { Noun } from './noun.ts'
import { printable } from './output.ts'

export type Candidate = { readonly word: string; readonly description: string }

/**
 * `scimulator completion`: the script of a shell. When the user presses Tab, it runs `scimulator complete` with the words of the
 * command line, so it stays valid after an upgrade.
 */
export const completion: Noun = command => {
  command
    .addArgument(new Argument('<shell>', 'The shell').choices(Object.keys(scripts)))
    .addHelpText('after', () => `\n${setUp}`)
    .action((shell: string) => {
      const script = scripts[shell]
      if (script === undefined) throw wrongUse(`Unknown shell "${shell}".`)
      process.stdout.write(script)
    })
}

export const complete: Noun = command => {
  command
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const program = command.parent ?? command
      const candidates = [...completionsOf(program, words), ...(await valuesOf(program, words))]
      for (const { word, description } of candidates) process.stdout.write(`${word}\t${description}\n`)
    })
}

/** Milliseconds. A person waits for Tab. */
const valuesTimeout = 1000

const maxUsers = 20

/** Tenants, tokens, users and fault presets of the server; none if it does not respond at once. The scenarios of the package. */
async function valuesOf(program: Command, words: readonly string[]): Promise<readonly Candidate[]> {
  const { command, option } = placeOf(program, words)
  const last = (words.at(-1) ?? '').trim()
  const named = option ? option.attributeName() : command.registeredArguments[0]?.name()
  const noun = command.parent?.name()
  const wanted = named === 'name' && (noun === 'users' || command.name() === 'why') ? 'user' : named
  if (last.startsWith('-')) return []
  if (wanted === 'scenario') return matching(await readScenarioNames(), last)
  if (!['tenant', 'token', 'user', 'preset'].includes(wanted ?? '')) return []
  const { createApiClient, resolveTenant } = await import('./session.ts')
  const valueAfter = (...names: readonly string[]) => {
    const at = words.findIndex(word => names.includes(word))
    return at < 0 ? undefined : words[at + 1]
  }
  const { console, consoleToken } = program.opts<{ console: string; consoleToken?: string }>()
  const api = createApiClient({ url: valueAfter('--console') ?? console, token: consoleToken })
  const signal = AbortSignal.timeout(valuesTimeout)
  const ask = async (): Promise<readonly Candidate[]> => {
    if (wanted === 'preset') {
      const { items } = await api.call('GET /faults/presets', { signal })
      return items.map(({ id, description }) => ({ word: id, description }))
    }
    if (wanted === 'tenant') {
      const { items } = await api.call('GET /tenants', { query: { limit: 200 }, signal })
      return items.map(({ id, name = '' }) => ({ word: id, description: name }))
    }
    const tenant = await resolveTenant(api, valueAfter('--tenant', '-t'))
    if (wanted === 'user') {
      const query = { ...(last !== '' && { text: last }), sort: 'label', limit: 200 } as const
      const { items } = await api.call('GET /tenants/:tenant/users', { params: { tenant }, query, signal })
      const users = items.map(({ label, display = '' }) => ({ word: label, description: display }))
      return matching(users, last).slice(0, maxUsers)
    }
    const { items } = await api.call('GET /tenants/:tenant/tokens', { params: { tenant }, query: {}, signal })
    return items.map(({ id, name = '', ending }) => ({ word: id, description: `${name} …${ending}`.trim() }))
  }
  const values = matching(await ask().catch(() => []), last)
  // Clients choose names. A word that is escaped would not be the name, and one with a hyphen first would be an option.
  return values.flatMap(({ word, description }) =>
    printable(word) === word && !word.startsWith('-') ? [{ word, description: printable(description) }] : [],
  )
}

async function readScenarioNames(): Promise<readonly Candidate[]> {
  const { readdir } = await import('node:fs/promises')
  const files = await readdir(new URL('../../../scenarios', import.meta.url)).catch(() => [])
  return toCandidates(files.flatMap(file => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [])))
}

const setUp = `To set it up:
  bash: echo 'source <(scimulator completion bash)' >> ~/.bashrc
  zsh: echo 'source <(scimulator completion zsh)' >> ~/.zshrc
  fish: scimulator completion fish > ~/.config/fish/completions/scimulator.fish
  powershell: scimulator completion powershell >> $PROFILE`

/** The last word may be empty. */
export function completionsOf(program: Command, words: readonly string[]): readonly Candidate[] {
  // PowerShell passes a blank for a word that is not begun: older releases drop an empty one.
  const last = (words.at(-1) ?? '').trim()
  const { command, option } = placeOf(program, words)
  if (option) return matching(toCandidates(option.argChoices ?? []), last)
  return matching(last.startsWith('-') ? optionsOf(command) : subcommandsOf(command), last)
}

/** The command that the last word belongs to, and the option whose value it is. */
function placeOf(program: Command, words: readonly string[]) {
  let command = program
  let option: Option | undefined
  for (const word of words.slice(0, -1)) {
    if (option) option = undefined
    else if (word.startsWith('-')) option = optionWithValue(command, word)
    else command = subcommandOf(command, word) ?? command
  }
  return { command, option }
}

const matching = (candidates: readonly Candidate[], start: string): readonly Candidate[] =>
  candidates.filter(({ word }) => word.startsWith(start))

const toCandidates = (words: readonly string[]): readonly Candidate[] =>
  words.map(word => ({ word, description: '' }))

const subcommandOf = (command: Command, word: string): Command | undefined =>
  command.commands.find(each => each.name() === word)

const allOptions = (command: Command) =>
  command.createHelp().visibleOptions(command).concat(command.createHelp().visibleGlobalOptions(command))

const optionWithValue = (command: Command, word: string): Option | undefined =>
  allOptions(command).find(
    ({ short, long, required, optional }) => (required || optional) && (word === short || word === long),
  )

const optionsOf = (command: Command): readonly Candidate[] =>
  allOptions(command).map(({ long, flags, description }) => ({ word: long ?? flags, description }))

function subcommandsOf(command: Command): readonly Candidate[] {
  const commands = command
    .createHelp()
    .visibleCommands(command)
    .map(each => ({ word: each.name(), description: each.description() }))
  const [argument] = command.registeredArguments
  return [...commands, ...toCandidates(argument?.argChoices ?? [])]
}

// Bash breaks words also at @, : and =, and a candidate replaces only what follows the last of them.
const bash = `_scimulator() {
  local line words before last breaks="\${COMP_WORDBREAKS//[^@:=]/}"
  COMPREPLY=()
  line="\${COMP_LINE:0:COMP_POINT}"
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=('')
  last="\${words[@]: -1}"
  [[ -n "$breaks" ]] && before="\${last%"\${last##*[$breaks]}"}"
  while IFS=$'\\t' read -r line _; do
    printf -v line %q "$line"
    COMPREPLY+=("\${line#"$before"}")
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _scimulator scimulator
`

const zsh = `#compdef scimulator
_scimulator() {
  local -a candidates
  local word description
  while IFS=$'\\t' read -r word description; do
    word="\${word//\\\\/\\\\\\\\}"
    candidates+=("\${word//:/\\\\:}:$description")
  done < <("\${words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then
    _describe 'scimulator' candidates
  else
    _files
  fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _scimulator scimulator
`

const fish = `function __scimulator_complete
  set -l words (commandline -opc) (commandline -ct)
  scimulator complete -- $words[2..-1] 2>/dev/null
end
complete -c scimulator -a '(__scimulator_complete)'
`

const powershell = `Register-ArgumentCompleter -Native -CommandName scimulator -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += ' ' }
  scimulator complete -- @words 2>$null | ForEach-Object {
    $name, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $name }
    $text = $name
    if ($name -notmatch '^[-\\w][-\\w@.:/+=]*$') {
      $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($name) + "'"
    }
    [System.Management.Automation.CompletionResult]::new($text, $name, 'ParameterValue', $description)
  }
}
`

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish, powershell }

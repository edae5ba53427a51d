import { parseArgs } from 'node:util'
import { optionList } from './option-list.ts'

export type Given = {
  readonly values: (name: string) => readonly string[]
  readonly has: (name: string) => boolean
  readonly positionals: readonly string[]
  /** What can't be meant, in sentences. */
  readonly problems: readonly string[]
}

/** The arguments by their names, and everything that is wrong with them. */
export function readArgs(args: readonly string[]): Given {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      optionList.map(({ name, value }) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', multiple: true } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const found = new Map<string, string[]>()
  const problems: string[] = []
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = optionList.find(({ name }) => name === token.name)
    const value = token.value ?? ''
    if (option === undefined) problems.push(`There is no option ${token.rawName}.`)
    else if (option.value === undefined && token.value !== undefined)
      problems.push(`--${token.name} takes no value.`)
    // `--token --read-only` forgot the token.
    else if (option.value !== undefined && (value === '' || (!token.inlineValue && value.startsWith('--'))))
      problems.push(`--${token.name} needs ${option.value}.`)
    else if (!option.repeats && found.has(token.name)) problems.push(`--${token.name} is given twice.`)
    else found.set(token.name, [...(found.get(token.name) ?? []), value])
  }
  return { values: name => found.get(name) ?? [], has: name => found.has(name), positionals, problems }
}

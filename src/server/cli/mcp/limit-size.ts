import { CliError } from '../cli-error.ts'
import { printableJson } from '../output.ts'

type Limits = { readonly items: number; readonly characters: number }

/** Characters of JSON: some 16,000 tokens of a model, whose context is a tenth of a million and more. */
const maxLength = 64_000
const most: Limits = { items: 50, characters: 2000 }
const least: Limits = { items: 1, characters: 100 }
/** Objects of the contract have fewer members; larger ones are records, which are cut as lists are. */
const maxMembers = 60

export type Limited = {
  readonly data: unknown
  /** Sentences, one for each place that was cut. */
  readonly omitted: readonly string[]
}

/** Cuts lists and texts of a response until it fits into the context of a model. Throws a CliError if it never does. */
export function limitSize(response: unknown): Limited {
  for (let limits = most; ; limits = half(limits)) {
    const omitted = new Map<string, string>()
    const data = cut(response, '', limits, omitted)
    if (printableJson(data).length <= maxLength) return { data, omitted: [...omitted.values()] }
    if (limits.items === least.items && limits.characters === least.characters)
      throw new CliError(`The result is larger than ${maxLength} characters. Ask for less.`)
  }
}

const half = ({ items, characters }: Limits): Limits => ({
  items: Math.max(least.items, Math.floor(items / 2)),
  characters: Math.max(least.characters, Math.floor(characters / 2)),
})

function cut(value: unknown, path: string, limits: Limits, omitted: Map<string, string>): unknown {
  if (typeof value === 'string') return cutText(value, path, limits, omitted)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const kept = first(value, limits.items, path, omitted)
    return kept.map(item => cut(item, `${path}[]`, limits, omitted))
  }
  const members = Object.entries(value)
  const kept = members.length > maxMembers ? first(members, limits.items, path, omitted) : members
  const isRecord = kept.length < members.length
  return Object.fromEntries(
    kept.map(([name, member]) => {
      const place = [path, isRecord ? '*' : name].filter(Boolean).join('.')
      return [name, cut(member, place, limits, omitted)]
    }),
  )
}

function first<Item>(
  list: readonly Item[],
  most: number,
  path: string,
  omitted: Map<string, string>,
): readonly Item[] {
  if (list.length > most) omitted.set(path, `${path}: the first ${most} of ${list.length}.`)
  return list.slice(0, most)
}

function cutText(text: string, path: string, { characters }: Limits, omitted: Map<string, string>): string {
  if (text.length <= characters) return text
  omitted.set(path, `${path}: the first ${characters} characters of each text.`)
  return `${text.slice(0, characters).toWellFormed()}…`
}

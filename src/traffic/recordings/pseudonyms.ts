export type TextKind =
  | 'user-name'
  | 'given-name'
  | 'family-name'
  | 'person'
  | 'group'
  | 'phone'
  | 'identifier'
  | 'certificate'
  | 'text'

export type Pseudonyms = {
  readonly replace: (kind: TextKind, text: string) => string
  readonly entries: () => Iterable<readonly [text: string, replacement: string]>
}

export function createPseudonyms(): Pseudonyms {
  const known = new Map<string, string>()
  /** By the text in lower case: texts that differ in case only get replacements that differ in case only. */
  const bases = new Map<string, { readonly base: string; count: number }>()
  const counts = new Map<string, number>()

  const numberOf = (form: string) => {
    const number = (counts.get(form) ?? 0) + 1
    counts.set(form, number)
    return number
  }
  const create = (kind: TextKind, text: string): string => {
    const folded = text.toLowerCase()
    const same = bases.get(folded)
    if (same) {
      same.count += 1
      return withUpperCase(same.base, same.count - 1)
    }
    const base = pseudonym(kind, text, numberOf)
    bases.set(folded, { base, count: 1 })
    return base
  }
  return {
    replace: (kind, text) => {
      const found = known.get(text)
      if (found !== undefined) return found
      const replacement = create(kind, text)
      known.set(text, replacement)
      return replacement
    },
    entries: () => known,
  }
}

const withUpperCase = (text: string, letters: number): string => {
  const upper = text.slice(0, letters).toUpperCase()
  const changed = upper + text.slice(letters)
  return changed === text ? text.toUpperCase() : changed
}

function pseudonym(kind: TextKind, text: string, numberOf: (form: string) => number): string {
  if (/^\d{4}-\d\d-\d\d(T.*)?$/.test(text)) return `2000-01-01${text.includes('T') ? 'T00:00:00Z' : ''}`
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return `https://www.example.com/${numberOf('url')}`
  if (/^[^\s@"]+@[^\s@"]+$/.test(text)) return `user${numberOf('address')}@example.com`
  switch (kind) {
    case 'user-name':
      return `user${numberOf('user-name')}`
    case 'given-name':
      return `Given${numberOf(kind)}`
    case 'family-name':
      return `Family${numberOf(kind)}`
    case 'person':
      return `Person ${numberOf(kind)}`
    case 'group':
      return `Group ${numberOf(kind)}`
    case 'phone':
      return `${/^tel:/i.test(text) ? 'tel:' : ''}+1-202-555-${String(numberOf(kind)).padStart(4, '0')}`
    case 'identifier':
      return sameForm(text, numberOf(kind))
    case 'certificate':
      return 'MAA='
    case 'text':
      return `Text ${numberOf(kind)}`
  }
}

/** Prefixes by which identifiers of a vendor are recognized, such as those of Okta's users. */
const kept = /^(00[ug]|f:)/

function sameForm(text: string, number: number): string {
  const digits = String(number)
  const prefix = kept.exec(text)?.[0] ?? ''
  const rest = text.slice(prefix.length)
  const places = [...rest.matchAll(/[\p{L}\p{N}]/gu)].map(({ index }) => index)
  if (places.length < digits.length) return `${prefix}id${digits}`
  const written = new Map(places.slice(-digits.length).map((place, at) => [place, digits.charAt(at)]))
  const zeros = [...rest].map((character, at) =>
    /[\p{L}\p{N}]/u.test(character) ? (written.get(at) ?? '0') : character,
  )
  return prefix + zeros.join('')
}

const maxCharacters = 3

export function describeCharacters(characters: string): string {
  const all = [...characters]
  const named = all.slice(0, maxCharacters).map(describeCharacter)
  const more = all.length - named.length
  if (more > 0) return `${named.join(', ')} and ${more} more`
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`
}

const names: Readonly<Record<string, string>> = {
  ' ': 'a space',
  '\t': 'a tab',
  '\n': 'a line feed',
  '\r': 'a carriage return',
  '\u00a0': 'a no-break space (U+00A0)',
  '`': 'a backtick',
}

function describeCharacter(character: string): string {
  const name = names[character]
  if (name !== undefined) return name
  if (/\p{Cc}/u.test(character)) return `a control character (${codePoint(character)})`
  if (/\p{Cn}|\p{Co}|\p{Cs}/u.test(character)) return `an unassigned character (${codePoint(character)})`
  if (/\p{C}|\p{Z}|\p{M}/u.test(character)) return `an invisible character (${codePoint(character)})`
  return `\`${character}\``
}

export const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

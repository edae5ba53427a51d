import type { EntraFunction } from '../expression-tree.ts'
import { textOf } from '../mapped-value.ts'
import { onText } from './on-text.ts'

const toLower = onText('ToLower', 'ToLower(source, culture)', [1, 2], (text, culture) =>
  culture ? text.toLocaleLowerCase(culture) : text.toLowerCase(),
)

const toUpper = onText('ToUpper', 'ToUpper(source, culture)', [1, 2], (text, culture) =>
  culture ? text.toLocaleUpperCase(culture) : text.toUpperCase(),
)

const append = onText('Append', 'Append(source, suffix)', [2, 2], (text, suffix = '') => text + suffix)

const stripSpaces = onText('StripSpaces', 'StripSpaces(source)', [1, 1], text => text.replaceAll(' ', ''))

/** The first character has the index 1. */
const mid = onText('Mid', 'Mid(source, start, length)', [3, 3], (text, start, length) =>
  text.slice(Math.max(Number(start) - 1, 0), Math.max(Number(start) - 1, 0) + Number(length)),
)

const split = onText('Split', 'Split(source, delimiter)', [2, 2], (text, delimiter = '') =>
  text
    .split(delimiter)
    .map(part => part.trim())
    .filter(part => part !== ''),
)

/** Letters that decompose into no base letter and a mark, as Microsoft's table has them. */
const spelled: Readonly<Record<string, string>> = {
  æ: 'ae',
  Æ: 'AE',
  ø: 'oe',
  Ø: 'OE',
  œ: 'oe',
  Œ: 'OE',
  ß: 'ss',
  ł: 'l',
  Ł: 'L',
  ı: 'i',
  đ: 'd',
  Đ: 'D',
}

const normalizeDiacritics = onText('NormalizeDiacritics', 'NormalizeDiacritics(source)', [1, 1], text =>
  text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/[æÆøØœŒßłŁıđĐ]/g, letter => spelled[letter] ?? letter)
    .normalize('NFC'),
)

/** Empty values leave no separator behind; each value of a list is one of those joined. */
const join: EntraFunction = {
  name: 'Join',
  usage: 'Join(separator, source1, source2, …)',
  fewest: 2,
  most: Infinity,
  apply: ([separator = '', ...sources]) =>
    sources
      .flatMap(source => (Array.isArray(source) ? source : source === undefined ? [] : [textOf(source)]))
      .filter(text => text !== '')
      .join(textOf(separator)),
}

export const textFunctions = [append, join, mid, normalizeDiacritics, split, stripSpaces, toLower, toUpper]

type Part = string | readonly [start: number, length: number]

/**
 * Describes how a JSON text differs from an earlier one; `applyDifference` restores it. Members and elements
 * are compared as a whole, so text between two changes, and text that only moved, is not stored again.
 */
export function computeDifference(before: string, after: string): string {
  const start = commonPrefixLength(before, after)
  const end = commonSuffixLength(before, after, Math.min(before.length, after.length) - start)
  const changed = matchPieces(
    splitPieces(before, start, before.length - end),
    splitPieces(after, start, after.length - end),
  )
  return JSON.stringify(mergeParts([[0, start], ...changed, [before.length - end, end]]))
}

export function applyDifference(before: string, difference: string): string {
  const parts: readonly Part[] = JSON.parse(difference)
  return parts
    .map(part => (typeof part === 'string' ? part : before.slice(part[0], part[0] + part[1])))
    .join('')
}

function commonPrefixLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length++
  return length
}

function commonSuffixLength(one: string, other: string, most: number): number {
  let length = 0
  while (
    length < most &&
    one.charCodeAt(one.length - 1 - length) === other.charCodeAt(other.length - 1 - length)
  )
    length++
  return length
}

type Piece = { readonly text: string; readonly at: number }

function splitPieces(text: string, from: number, to: number): readonly Piece[] {
  const pieces: Piece[] = []
  let at = from
  for (
    let comma = text.indexOf(',', from);
    comma >= 0 && comma + 1 < to;
    comma = text.indexOf(',', comma + 1)
  ) {
    const following = text[comma + 1]
    if (following !== '"' && following !== '{') continue
    pieces.push({ text: text.slice(at, comma + 1), at })
    at = comma + 1
  }
  return [...pieces, { text: text.slice(at, to), at }]
}

function matchPieces(before: readonly Piece[], after: readonly Piece[]): readonly Part[] {
  const places = new Map(before.map(({ text }, place) => [text, place]))
  // The piece after the last match is tried first, since pieces may repeat.
  let next = 0
  return after.map(({ text }): Part => {
    const place = before[next]?.text === text ? next : places.get(text)
    next = (place ?? next) + 1
    const found = place === undefined ? undefined : before[place]
    return found ? [found.at, text.length] : text
  })
}

function mergeParts(parts: readonly Part[]): readonly Part[] {
  const result: Part[] = []
  for (const part of parts) {
    if (isEmpty(part)) continue
    const last = result.at(-1)
    const both = last === undefined ? undefined : mergePair(last, part)
    if (both === undefined) result.push(part)
    else result[result.length - 1] = both
  }
  return result
}

const isEmpty = (part: Part): boolean => (typeof part === 'string' ? part === '' : part[1] === 0)

function mergePair(one: Part, other: Part): Part | undefined {
  if (typeof one === 'string') return typeof other === 'string' ? one + other : undefined
  if (typeof other === 'string' || one[0] + one[1] !== other[0]) return undefined
  return [one[0], one[1] + other[1]]
}

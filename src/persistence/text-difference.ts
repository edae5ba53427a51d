/** How one text is made from another: texts of its own, and stretches of the other as [start, length]. */
type Part = string | readonly [start: number, length: number]

/**
 * Describes how a JSON text is made from an earlier one; `withDifference` restores it. Members and elements are compared
 * as wholes, so what lies between two changes, or has only moved, is not stored again.
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

/** Restores the text that a difference describes from the one that it differs from. */
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

/** A stretch of a JSON text, cut behind the commas between members and between elements. */
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

/** Each piece as a stretch of the earlier text, where that has it, or as itself. */
function matchPieces(before: readonly Piece[], after: readonly Piece[]): readonly Part[] {
  const places = new Map(before.map(({ text }, place) => [text, place]))
  // What follows the piece that was found last is looked at first: pieces may occur several times.
  let next = 0
  return after.map(({ text }): Part => {
    const place = before[next]?.text === text ? next : places.get(text)
    next = (place ?? next) + 1
    const found = place === undefined ? undefined : before[place]
    return found ? [found.at, text.length] : text
  })
}

/** The same in fewer parts: none is empty, and what continues the part before it is one with it. */
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

export type JsonLine = { readonly pointer: string; readonly text: string }

/** The lines of `JSON.stringify(value, null, 2)`. A closing bracket has the pointer of its value, followed by a space. */
export const jsonLines = (value: unknown): readonly JsonLine[] => linesOf(value, '', '', '', '')

function linesOf(
  value: unknown,
  pointer: string,
  indent: string,
  name: string,
  comma: string,
): readonly JsonLine[] {
  const start = `${indent}${name}`
  const parts = partsOf(value)
  if (parts.length === 0) return [{ pointer, text: `${start}${JSON.stringify(value)}${comma}` }]
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return [
    { pointer, text: `${start}${open}` },
    ...parts.flatMap(([key, part], index) =>
      linesOf(
        part,
        `${pointer}/${escapeToken(key)}`,
        `${indent}  `,
        Array.isArray(value) ? '' : `${JSON.stringify(key)}: `,
        index < parts.length - 1 ? ',' : '',
      ),
    ),
    { pointer: `${pointer} `, text: `${indent}${close}${comma}` },
  ]
}

export const partsOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

/** RFC 6901 §3. */
export const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** A line of each of two documents; a side is absent if only the other has the line. */
type LinePair = { readonly before?: string; readonly after?: string }

export function pairLines(before: unknown, after: unknown): readonly LinePair[] {
  const left = jsonLines(before).map(withoutComma)
  const right = jsonLines(after).map(withoutComma)
  const leftAt = new Map(left.map(({ pointer }, index) => [pointer, index]))
  const rightPointers = new Set(right.map(({ pointer }) => pointer))
  const pairs: LinePair[] = []
  let next = 0
  const takeLeft = (end: number) => {
    for (; next < end; next++) {
      const line = left[next]
      if (line) pairs.push({ before: line.text })
    }
  }
  for (const { pointer, text } of right) {
    const at = leftAt.get(pointer)
    if (at === undefined || at < next) {
      // Removed values come before the added ones.
      while (next < left.length && !rightPointers.has(left[next]?.pointer ?? '')) takeLeft(next + 1)
      pairs.push({ after: text })
      continue
    }
    takeLeft(at)
    pairs.push({ before: left[at]?.text ?? '', after: text })
    next = at + 1
  }
  takeLeft(left.length)
  return pairs
}

const withoutComma = ({ pointer, text }: JsonLine): JsonLine => ({ pointer, text: text.replace(/,$/, '') })

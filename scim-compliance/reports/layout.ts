import { harmless } from './text.ts'

const lengthOf = (text: string): number => [...text].length

/** Words in lines of at most `width`; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of harmless(text).split(' ')) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** A label, and beside it a text of as many lines as it takes. */
export function labelled(
  label: string,
  text: string,
  options: { indent: number; label: number; width: number },
) {
  const { indent, width } = options
  const lines = wrap(text, Math.max(20, width - indent - options.label))
  return lines.map((line, index) =>
    `${' '.repeat(indent)}${(index === 0 ? label : '').padEnd(options.label)}${line}`.trimEnd(),
  )
}

/** Rows in columns as wide as their widest cell; numbers to the right. */
export function columns(rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const cells = rows.map(row => row.map(cell => harmless(String(cell))))
  const numeric = (column: number) => cells.slice(1).every(row => /^(\d+( %)?|-)$/.test(row[column] ?? ''))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map(row => lengthOf(row[column] ?? ''))),
  )
  return cells.map(row =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(cell)))
        return numeric(column) ? gap + cell : cell + gap
      })
      .join('  ')
      .trimEnd(),
  )
}

/**
 * A row as RFC 4180 has it. A text that a spreadsheet would take for a formula gets an apostrophe in front: what a
 * client sent is never carried out by who opens the file.
 */
export const csvRow = (cells: readonly (string | number | undefined)[]): string =>
  `${cells.map(cellOf).join(',')}\r\n`

const cellOf = (cell: string | number | undefined): string => {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

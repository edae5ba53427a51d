/** The media type of a file with a header (RFC 4180). */
export const csvMediaType = 'text/csv; charset=utf-8; header=present'

/** RFC 4180. A leading apostrophe keeps spreadsheets from executing the text of a client as a formula. */
export const csvRow = (cells: readonly (string | number | undefined)[]): string =>
  `${cells.map(csvCell).join(',')}\r\n`

const csvCell = (cell: string | number | undefined): string => {
  if (cell === undefined) return ''
  if (typeof cell === 'number') return String(cell)
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

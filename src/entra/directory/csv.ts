export type CsvRecord = { readonly line: number; readonly fields: readonly string[] }

export type CsvReading = {
  readonly records: readonly CsvRecord[]
  readonly mistakes: readonly { readonly line: number; readonly says: string }[]
}

/**
 * RFC 4180, with LF as well as CRLF. Fields are separated by commas, or by semicolons where the first line has no
 * comma: that is what spreadsheets write in half of Europe. Empty lines are no records.
 */
export function readCsv(text: string): CsvReading {
  const separator = separatorOf(text)
  const records: CsvRecord[] = []
  const mistakes: { line: number; says: string }[] = []
  let at = 0
  let line = 1

  const quotedField = (): string => {
    const opened = line
    let field = ''
    at++
    for (;;) {
      const end = text.indexOf('"', at)
      const part = text.slice(at, end < 0 ? text.length : end)
      field += part
      line += lineBreaksIn(part)
      at += part.length + 1
      if (end < 0) {
        mistakes.push({ line: opened, says: 'a quote is opened that nothing closes.' })
        return field
      }
      if (text[at] !== '"') break
      field += '"'
      at++
    }
    const rest = plainField()
    if (rest !== '') {
      mistakes.push({
        line,
        says: 'text follows a closing quote; a quote inside a quoted field is written twice.',
      })
    }
    return field + rest
  }

  const plainField = (): string => {
    const start = at
    while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++
    return text.slice(start, at)
  }

  while (at < text.length) {
    const started = line
    const fields: string[] = []
    for (;;) {
      fields.push(text[at] === '"' ? quotedField() : plainField())
      if (text[at] !== separator) break
      at++
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    line++
    if (fields.length > 1 || fields[0] !== '') records.push({ line: started, fields })
  }
  return { records, mistakes }
}

function separatorOf(text: string): ',' | ';' {
  const [firstLine = ''] = text.split(/[\r\n]/, 1)
  return !firstLine.includes(',') && firstLine.includes(';') ? ';' : ','
}

function lineBreaksIn(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

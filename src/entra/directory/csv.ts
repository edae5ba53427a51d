export type CsvRecord = { readonly line: number; readonly fields: readonly string[] }

export type CsvMistake = { readonly line: number; readonly says: string }

export type CsvReading = {
  readonly records: readonly CsvRecord[]
  readonly mistakes: readonly CsvMistake[]
}

/** The whole of a CSV file at once. */
export function readCsv(text: string): CsvReading {
  const mistakes: CsvMistake[] = []
  return { records: [...csvRecords(text, mistake => mistakes.push(mistake))], mistakes }
}

/**
 * RFC 4180, with LF as well as CRLF. Fields are separated by commas, or by semicolons where the first line has no
 * comma: that is what spreadsheets write in half of Europe. Empty lines are no records. What is wrong is told, and
 * reading goes on.
 */
export function* csvRecords(text: string, onMistake: (mistake: CsvMistake) => void): Generator<CsvRecord> {
  const separator = separatorOf(text)
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
        onMistake({ line: opened, says: 'a quote is opened that nothing closes.' })
        return field
      }
      if (text[at] !== '"') break
      field += '"'
      at++
    }
    const rest = plainField()
    if (rest !== '') {
      onMistake({
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
    if (text[at] === '\n') {
      at++
      line++
      continue
    }
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
    if (fields.length > 1 || fields[0] !== '') yield { line: started, fields }
  }
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

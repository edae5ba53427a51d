import { MappingError } from './mapping-error.ts'

export type ExpressionToken = {
  readonly kind: 'attribute' | 'constant' | 'name' | 'operator' | '(' | ')' | ','
  /** Of an attribute its name, of a constant its value. */
  readonly text: string
  readonly at: number
}

const patterns = [
  { kind: 'attribute', pattern: /\[([^[\]"]+)\]/y },
  { kind: 'constant', pattern: /"((?:[^"\\]|\\[\s\S])*)"/y },
  { kind: 'constant', pattern: /(-?\d+(?:\.\d+)?)/y },
  { kind: 'name', pattern: /([A-Za-z_]\w*)/y },
  { kind: 'operator', pattern: /(<>|<=|>=|[=<>])/y },
  { kind: '(', pattern: /(\()/y },
  { kind: ')', pattern: /(\))/y },
  { kind: ',', pattern: /(,)/y },
] as const

/** Cuts an expression into its words. Throws MappingError with the position of what is no word. */
export function lexExpression(text: string): readonly ExpressionToken[] {
  const tokens: ExpressionToken[] = []
  for (let at = pastBlanks(text, 0); at < text.length; ) {
    const token = tokenAt(text, at)
    if (!token) throw unreadable(text, at)
    tokens.push(token)
    at = pastBlanks(text, token.end)
  }
  return tokens
}

function tokenAt(text: string, at: number): (ExpressionToken & { readonly end: number }) | undefined {
  for (const { kind, pattern } of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (!found) continue
    const [whole, inner = ''] = found
    const isQuoted = whole.startsWith('"')
    return { kind, text: isQuoted ? unescaped(inner) : inner.trim(), at, end: at + whole.length }
  }
  return undefined
}

/** Only quotes and backslashes are escaped; any other backslash is one. */
const unescaped = (text: string) => text.replace(/\\(["\\])/g, '$1')

function pastBlanks(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at] ?? '')) at++
  return at
}

function unreadable(text: string, at: number) {
  const character = text[at]
  const why =
    character === '"'
      ? 'This quotation mark is never closed.'
      : character === '['
        ? 'This bracket "[" should enclose the name of an attribute.'
        : `"${character}" can't stand here.`
  return new MappingError({ place: '', text: `At character ${at + 1} of the expression ${text}: ${why}` })
}

/** The position where a text stops being JSON (RFC 8259); lines and columns from 1. */
export type JsonError = { readonly line: number; readonly column: number; readonly message: string }

const blank = /[ \t\n\r]*/y
const plain = /[^"\\\u0000-\u001f]+/y
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

/** The first error in a text that JSON.parse rejects: JSON.parse does not always report the position. */
export function findJsonError(json: string): JsonError {
  const { at, message } = firstError(json)
  const before = json.slice(0, at)
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n'), message }
}

function firstError(json: string): { readonly at: number; readonly message: string } {
  let at = 0
  /** Moves past the pattern if it matches here. */
  const skip = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.exec(json)?.[0]
    if (found === undefined) return false
    at += found.length
    return true
  }
  const here = (character: string): boolean => {
    skip(blank)
    if (json[at] !== character) return false
    at++
    return true
  }
  /** In pieces: one pattern for a long text overflows the stack. */
  const text = (): boolean => {
    const start = at
    if (json[at] !== '"') return false
    at++
    while (skip(plain) || skip(escaped));
    if (json[at] === '"') {
      at++
      return true
    }
    at = start
    return false
  }
  const wrong = (message: string) => ({
    at,
    message: at >= json.length ? 'the text ends too early.' : message,
  })
  const value = 'a value has to stand here.'

  // Open brackets, innermost last.
  const open: ('{' | '[')[] = []
  const name = () => {
    skip(blank)
    if (!text()) return 'a name in double quotes has to stand here.'
    return here(':') ? undefined : 'a colon has to follow the name.'
  }

  for (;;) {
    // A value begins.
    if (here('{')) {
      if (!here('}')) {
        open.push('{')
        const mistake = name()
        if (mistake) return wrong(mistake)
        continue
      }
    } else if (here('[')) {
      if (!here(']')) {
        open.push('[')
        continue
      }
    } else if (json[at] === '"') {
      if (!text()) return wrong('this text is not closed, or holds a character that has to be escaped.')
    } else if (!skip(literal)) return wrong(value)
    // A value has ended.
    for (;;) {
      const innermost = open.at(-1)
      if (innermost === undefined) {
        skip(blank)
        return wrong('nothing more may follow.')
      }
      if (here(innermost === '{' ? '}' : ']')) {
        open.pop()
        continue
      }
      if (!here(',')) return wrong(`a comma or ${innermost === '{' ? '}' : ']'} has to stand here.`)
      const mistake = innermost === '{' ? name() : undefined
      if (mistake) return wrong(mistake)
      break
    }
  }
}

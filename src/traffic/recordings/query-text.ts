/**
 * Rewrites a parameter of a URL and encodes the result as the client encodes: whether `+` or `%20` is a space and whether
 * `@` is escaped is a trait of a client. Returns a parameter that `rewrite` leaves alone unchanged.
 */
export function rewriteParameter(written: string, rewrite: (text: string) => string): string {
  const plus = written.includes('+')
  const text = decode(plus ? written.replaceAll('+', ' ') : written)
  if (text === undefined) return written
  const rewritten = rewrite(text)
  if (rewritten === text) return written
  const literal = new Set(written.replace(/%[\da-f]{2}/gi, ''))
  const isLower = /%(?:[a-f][\da-f]|\d[a-f])/.test(written)
  return [...rewritten]
    .map(character => {
      if (character === ' ' && plus) return '+'
      if (character !== '+' && literal.has(character)) return character
      const escaped = encodeURIComponent(character)
      return isLower ? escaped.replace(/%../g, triplet => triplet.toLowerCase()) : escaped
    })
    .join('')
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

export function rewritePath(
  path: string,
  rewriteSegment: (segment: string) => string,
  rewriteValue: (name: string, value: string) => string,
): string {
  const [segments = '', ...rest] = path.split('?')
  const rewritten = segments
    .split('/')
    .map(segment => rewriteParameter(segment, rewriteSegment))
    .join('/')
  if (rest.length === 0) return rewritten
  const parameters = rest
    .join('?')
    .split('&')
    .map(parameter => {
      const [name = ''] = parameter.split('=', 1)
      if (name.length === parameter.length) return parameter
      return `${name}=${rewriteParameter(parameter.slice(name.length + 1), value => rewriteValue(name, value))}`
    })
  return `${rewritten}?${parameters.join('&')}`
}

const comparison =
  /(?<![\w$.:-])([\w$.:-]+)(\s+(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s+)(?:"((?:[^"\\]|\\.)*)"|([^\s()[\]"]+))/gi

/**
 * Rewrites the strings that a filter or a path of PATCH compares attributes with. An attribute in brackets, or behind them,
 * comes with the one before them: `members.value` for `members[value eq "…"]`.
 */
export const rewriteComparisons = (
  filter: string,
  rewrite: (attribute: string, value: string) => string,
): string =>
  filter.replace(
    comparison,
    (
      whole,
      name: string,
      operator: string,
      quoted: string | undefined,
      bare: string | undefined,
      at: number,
    ) => {
      const attribute = wholeName(name, filter.slice(0, at))
      if (quoted === undefined) {
        // A number, true or null; anything else is a string without its quotes.
        const value = bare ?? ''
        const rewritten = isLiteral.test(value) ? value : rewrite(attribute, value)
        return rewritten === value ? whole : name + operator + rewritten
      }
      const value = unquote(quoted)
      const rewritten = value === undefined ? undefined : rewrite(attribute, value)
      return rewritten === undefined || rewritten === value
        ? whole
        : name + operator + JSON.stringify(rewritten)
    },
  )

const isLiteral = /^(true|false|null|-?\d[\d.eE+-]*)$/

function wholeName(name: string, before: string): string {
  const isBehind = before.endsWith(']')
  const end = isBehind ? before.length - 1 : before.length
  const open = before.lastIndexOf('[', end)
  if (open < before.lastIndexOf(']', end - 1) || (isBehind && !name.startsWith('.'))) return name
  let start = open
  while (start > 0 && nameCharacter.test(before.charAt(start - 1))) start -= 1
  return start === open ? name : `${before.slice(start, open)}.${name.replace(/^\./, '')}`
}

const nameCharacter = /[\w$.:-]/

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`)
  } catch {
    return undefined
  }
}

/** An element, strictly parsed. */
type Element = { readonly name: string; readonly attributes: Readonly<Record<string, string>> }

const voids = new Set(['meta'])
const token =
  /<style>[^<]*<\/style>|<script(?:\s+[a-z-]+="[^"<]*")*>[^<]*<\/script>|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+="[^"<]*")*)\s*(\/?)>|[^<>]+/gy

/**
 * All elements of well-formed markup but for styles and scripts, in order. Throws if a tag isn't closed by its own, if a `<`
 * or `>` starts nothing, and if an `&` starts no known reference.
 */
export function elementsOf(markup: string): readonly Element[] {
  const elements: Element[] = []
  const open: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < markup.length) {
    const at = token.lastIndex
    const found = token.exec(markup)
    if (found === null) throw new Error(`No markup at ${at}: ${markup.slice(at, at + 80)}`)
    const [text, close, name, attributes = '', alone] = found
    if (name === undefined) {
      if (!/^<(style|script)/.test(text)) plain(text)
    } else if (close === '/') {
      if (open.pop() !== name) throw new Error(`Closes what isn't open at ${at}: ${text}`)
    } else {
      elements.push({ name, attributes: pairs(attributes) })
      if (alone !== '/' && !voids.has(name)) open.push(name)
    }
  }
  if (open.length > 0) throw new Error(`Left open: ${open.join(', ')}`)
  return elements
}

const pairs = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, plain(value)]),
  )

const references: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** Text without references. */
const plain = (text: string): string =>
  text.replace(/&([^;&]{0,8};)?/g, (_, name: string | undefined) => {
    const character = references[(name ?? '').slice(0, -1)]
    if (character === undefined) throw new Error(`An & that begins nothing: ${text}`)
    return character
  })

/** The text of markup. */
export const textOf = (markup: string): string =>
  plain(markup.replace(/<(style|script)[^<]*<\/\1>|<[^>]*>/g, ''))

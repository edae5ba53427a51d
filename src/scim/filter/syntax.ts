import type { Filter } from 'scim2-parse-filter'
import { parseFilter as parseTokens, type Token, Tokens } from 'scim2-parse-filter/lib/src/parser.js'
import { errors } from '../error.ts'
import type { FilterToken } from './token.ts'

/**
 * The tree of a filter. In place of names and values it holds the index of their token, so that whoever looks
 * them up can say where in the text they stand.
 */
export type Syntax = { readonly tree: Filter; readonly tokens: readonly FilterToken[] }

/** Only the parser of the library is used: its own tokens don't know `$ref`, negative numbers and escapes. */
export function syntaxOf(given: readonly FilterToken[], end: number): Syntax {
  const tokens = withinBrackets(given)
  const list = new Tokens([...tokens.map(parserToken), { type: 'EOT', literal: '' }])
  const refuse = (index: number) => {
    const token = tokens[index]
    throw errors.invalidFilter(
      token
        ? `"${token.text}" at position ${token.at + 1} closes nothing that is open there.`
        : `The filter ends at position ${end + 1} before every parenthesis and bracket is closed.`,
    )
  }
  let tree: Filter
  try {
    tree = parseTokens(list)
  } catch {
    // The parser has just stepped over the token that it can't use.
    return refuse(list.i - 1)
  }
  return list.peek().type === 'EOT' ? { tree, tokens } : refuse(list.i)
}

/**
 * `emails[type eq "work"].value eq "x"` becomes `emails[(type eq "work") and value eq "x"]`: both tests are meant
 * for the same value (RFC 7644 §3.4.2.2), and the parser would make two independent ones of them.
 */
function withinBrackets(tokens: readonly FilterToken[]): readonly FilterToken[] {
  const joined: FilterToken[] = []
  let unclosed: FilterToken | undefined
  for (const token of tokens) {
    const opening = token.role === 'sub' ? joined.findLastIndex(({ text }) => text === '[') : -1
    if (opening >= 0) {
      unclosed = joined.pop()
      joined.splice(opening + 1, 0, { role: 'open', text: '(', at: token.at })
      joined.push(
        { role: 'close', text: ')', at: token.at },
        { role: 'connective', text: 'and', at: token.at },
      )
    }
    joined.push(token)
    if (unclosed && (token.role === 'value' || token.role === 'presence')) {
      joined.push(unclosed)
      unclosed = undefined
    }
  }
  return joined
}

function parserToken({ role, text }: FilterToken, index: number): Token {
  switch (role) {
    case 'name':
    case 'sub':
      return { type: 'Word', literal: String(index) }
    case 'value':
      return { type: 'Number', literal: String(index) }
    case 'open':
    case 'close':
      return { type: 'Bracket', literal: text }
    default:
      return { type: 'Word', literal: text.toLowerCase() }
  }
}

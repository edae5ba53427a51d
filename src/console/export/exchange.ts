import type { Exchange, Message } from '../../journal/exchange.ts'
import { replayHeaders } from '../replay.ts'
import { absoluteUrl, listGaps } from './har.ts'

/** The request as a command for a shell, which is given the token as SCIM_TOKEN. */
export function toCurl(exchange: Exchange, scimBase: string): string {
  const { method, request } = exchange
  const { body } = request
  const lines = [
    `curl --globoff --path-as-is ${methodOption(method)}`,
    shellQuote(absoluteUrl(exchange, { scimBase })),
    ...(request.headers.authorization === undefined ? [] : ['--header "Authorization: Bearer $SCIM_TOKEN"']),
    ...Object.entries(replayHeaders(exchange)).filter(isSent).map(headerOption),
    ...(body === undefined ? [] : bodyOptions(body, request)),
  ]
  return `${comments(exchange).join('')}${lines.join(' \\\n  ')}\n`
}

/** Of HEAD, curl would wait for a body in vain. */
const methodOption = (method: string): string =>
  method === 'HEAD' ? '--head' : `--request ${shellQuote(method)}`

// It would have to be undone again.
const isSent = ([name]: readonly [string, string]): boolean => name.toLowerCase() !== 'accept-encoding'

/** Of its own curl would call it a form. Not --data, for which an @ at the beginning names a file. */
const bodyOptions = (body: string, { headers }: Message): readonly string[] => [
  ...(headers['content-type'] === undefined ? ["--header 'content-type:'"] : []),
  `--data-raw ${shellQuote(body)}`,
]

/** A header without a value is written with a semicolon. */
const headerOption = ([name, value]: readonly [string, string]): string =>
  `--header ${shellQuote(value === '' ? `${name};` : `${name}: ${value}`)}`

/**
 * Within single quotes a shell leaves everything as it is, except for the quote itself. What would steer a terminal
 * is written in the way of bash and zsh, byte by byte.
 */
const shellQuote = (text: string): string => {
  const passed = text.replaceAll('\0', '')
  if (!controlCharacters.test(passed)) return `'${passed.replaceAll("'", String.raw`'\''`)}'`
  const escaped = passed.replace(/[\\']/g, String.raw`\$&`)
  return `$'${escaped.replace(new RegExp(controlCharacters, 'gu'), escapeBytes)}'`
}

const controlCharacters = /[\p{Cc}\p{Bidi_Control}]/u

const escapeBytes = (character: string): string =>
  [...Buffer.from(character)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')

const comments = (exchange: Exchange): readonly string[] => {
  const { action, status, request } = exchange
  const isPassable = ![exchange.url, request.body, ...Object.values(request.headers)].some(text =>
    text?.includes('\0'),
  )
  return [
    `${action}; it was answered ${status}.`,
    ...listGaps(exchange),
    ...(isPassable ? [] : ['It held NUL characters, which no shell passes on: they are left out.']),
  ].map(sentence => `# ${toSingleLine(sentence)}\n`)
}

/** A line break would end the comment, and what follows it be carried out. */
const toSingleLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\ufffd')

/** The request and its answer as a case for a test suite. `notes` tell what isn't as it was. */
export function toFixture(exchange: Exchange): string {
  const { method, url, status, request, response } = exchange
  const notes = listGaps(exchange)
  const fixture = {
    name: fixtureName(exchange),
    request: { method, path: url, headers: replayHeaders(exchange), ...fixtureBody(request) },
    expect: { status, ...fixtureBody(response) },
    ...(notes.length > 0 && { notes }),
  }
  return `${JSON.stringify(fixture, undefined, 2)}\n`
}

const fixtureName = ({ action, target, status }: Exchange): string => {
  const about = target?.label ?? target?.id
  return `${action}${about === undefined ? '' : ` ${about}`}: ${status}`
}

/** JSON as the value that it stands for, all else as text. */
const fixtureBody = ({ body, cutFrom }: Message): { readonly body?: unknown } => {
  if (body === undefined || body === '') return {}
  return { body: cutFrom === undefined ? parseJson(body) : body }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

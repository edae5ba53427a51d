import type { Exchange, Message } from '../../journal/exchange.ts'
import { headersOf } from '../replay/replayable.ts'
import { gapsIn } from './gaps.ts'
import { absoluteUrl } from './har.ts'

/** The request as a command for a shell, which is given the token as SCIM_TOKEN. */
export function curlOf(exchange: Exchange, scimBase: string): string {
  const { method, request } = exchange
  const { body } = request
  const lines = [
    `curl --globoff --path-as-is ${methodOf(method)}`,
    quoted(absoluteUrl(exchange, { scimBase })),
    ...(request.headers.authorization === undefined ? [] : ['--header "Authorization: Bearer $SCIM_TOKEN"']),
    ...Object.entries(headersOf(exchange)).filter(isSent).map(headerOption),
    ...(body === undefined ? [] : bodyOptions(body, request)),
  ]
  return `${comments(exchange).join('')}${lines.join(' \\\n  ')}\n`
}

/** Of HEAD, curl would wait for a body in vain. */
const methodOf = (method: string): string => (method === 'HEAD' ? '--head' : `--request ${quoted(method)}`)

// It would have to be undone again.
const isSent = ([name]: readonly [string, string]): boolean => name.toLowerCase() !== 'accept-encoding'

/** Of its own curl would call it a form. Not --data, for which an @ at the beginning names a file. */
const bodyOptions = (body: string, { headers }: Message): readonly string[] => [
  ...(headers['content-type'] === undefined ? ["--header 'content-type:'"] : []),
  `--data-raw ${quoted(body)}`,
]

/** A header without a value is written with a semicolon. */
const headerOption = ([name, value]: readonly [string, string]): string =>
  `--header ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`

/**
 * Within single quotes a shell leaves everything as it is, except for the quote itself. What would steer a terminal
 * is written in the way of bash and zsh, byte by byte.
 */
const quoted = (text: string): string => {
  const passed = text.replaceAll('\0', '')
  if (!steering.test(passed)) return `'${passed.replaceAll("'", String.raw`'\''`)}'`
  const escaped = passed.replace(/[\\']/g, String.raw`\$&`)
  return `$'${escaped.replace(new RegExp(steering, 'gu'), inBytes)}'`
}

const steering = /[\p{Cc}\p{Bidi_Control}]/u

const inBytes = (character: string): string =>
  [...Buffer.from(character)].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')

const comments = (exchange: Exchange): readonly string[] => {
  const { action, status, request } = exchange
  const isPassable = ![exchange.url, request.body, ...Object.values(request.headers)].some(text =>
    text?.includes('\0'),
  )
  return [
    `${action}; it was answered ${status}.`,
    ...gapsIn(exchange),
    ...(isPassable ? [] : ['It held NUL characters, which no shell passes on: they are left out.']),
  ].map(sentence => `# ${inOneLine(sentence)}\n`)
}

/** A line break would end the comment, and what follows it be carried out. */
const inOneLine = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\ufffd')

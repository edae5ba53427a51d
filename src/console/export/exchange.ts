import { shellQuote } from '../../domain/client-text.ts'
import { type AwsApi, type KnownAwsApi, parseAwsOperation } from '../../domain/journal/aws-operations.ts'
import type { Exchange, Message } from '../../domain/journal/exchange.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { replayHeaders } from '../replay.ts'
import { absoluteUrl, type ExportSource, listGaps } from './har.ts'

export function toCurl(exchange: Exchange, source: ExportSource): string {
  const { method, request } = exchange
  const { body } = request
  const lines = [
    // curl rejects --path-as-is together with a signature.
    `curl --globoff ${exchange.api === undefined ? '--path-as-is ' : ''}${methodOption(method)}`,
    shellQuote(absoluteUrl(exchange, source)),
    ...credentialOptions(exchange, source),
    ...Object.entries(replayHeaders(exchange)).filter(isSent(exchange)).map(headerOption),
    ...(body === undefined ? [] : bodyOptions(body, request)),
  ]
  return `${comments(exchange).join('')}${lines.join(' \\\n  ')}\n`
}

function credentialOptions(
  { api, region, request }: Exchange,
  { region: own }: ExportSource,
): readonly string[] {
  if (request.headers.authorization === undefined) return []
  if (api === undefined) return ['--header "Authorization: Bearer $SCIM_TOKEN"']
  return [
    `--aws-sigv4 ${shellQuote(`aws:amz:${region ?? own}:${signingNames[api]}`)}`,
    '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
  ]
}

const signingNames: Readonly<Record<AwsApi, string>> = {
  'identity-store': 'identitystore',
  'sso-admin': 'sso',
  sts: 'sts',
  unknown: 'identitystore',
}

/** With `--request HEAD` curl would wait for a body. */
const methodOption = (method: string): string =>
  method === 'HEAD' ? '--head' : `--request ${shellQuote(method)}`

// curl would print the compressed body, and it creates the headers of a signature itself.
const isSent =
  ({ api }: Exchange) =>
  ([name]: readonly [string, string]): boolean =>
    !/^accept-encoding$/i.test(name) &&
    (api === undefined || !/^(x-amz-(date|content-sha256)|amz-sdk-)/i.test(name))

/** Without a media type, curl sends one for forms. With --data, a leading @ would name a file. */
const bodyOptions = (body: string, { headers }: Message): readonly string[] => [
  ...(headers['content-type'] === undefined ? ["--header 'content-type:'"] : []),
  `--data-raw ${shellQuote(body)}`,
]

/** A header without a value is written with a semicolon. */
const headerOption = ([name, value]: readonly [string, string]): string =>
  `--header ${shellQuote(value === '' ? `${name};` : `${name}: ${value}`)}`

const comments = (exchange: Exchange): readonly string[] => {
  const { action, status, request } = exchange
  const isPassable = ![exchange.url, request.body, ...Object.values(request.headers)].some(text =>
    text?.includes('\0'),
  )
  return [
    `${action}; the status was ${status}.`,
    ...listGaps(exchange),
    ...(isPassable ? [] : ['It contained NUL characters, which a shell cannot pass: they are omitted.']),
  ].map(sentence => `# ${toSingleLine(sentence)}\n`)
}

/** A line break would end the comment, and the shell would execute the rest. */
const toSingleLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\ufffd')

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

const services: Readonly<Record<KnownAwsApi, string>> = {
  'identity-store': 'identitystore',
  'sso-admin': 'sso-admin',
  sts: 'sts',
}

export function toAwsCli(exchange: Exchange, source: ExportSource): string | undefined {
  const { api, apiOperation, region, request } = exchange
  const operation = apiOperation === undefined ? undefined : parseAwsOperation(apiOperation)
  if (api === undefined || api === 'unknown' || operation === undefined) return undefined
  const input = readInput(request)
  const lines = [
    `aws ${services[api]} ${toCommand(operation)}`,
    `--endpoint-url ${shellQuote(absoluteUrl(exchange, source))}`,
    `--region ${shellQuote(region ?? source.region)}`,
    ...(input === undefined ? [] : [`--cli-input-json ${shellQuote(input)}`]),
  ]
  return `${comments(exchange).join('')}${lines.join(' \\\n  ')}\n`
}

const toCommand = (operation: string): string =>
  operation.replace(/(?<=[a-z\d])(?=[A-Z])/g, '-').toLowerCase()

function readInput({ body = '', cutFrom }: Exchange['request']): string | undefined {
  if (cutFrom !== undefined) return undefined
  try {
    const input: Json = JSON.parse(body)
    return isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : undefined
  } catch {
    return undefined
  }
}

import { InvalidArgumentError, Option } from 'commander'
import type { Comparison, Difference } from '../../traffic/replay/comparison.ts'
import type { SenderOptions } from '../../traffic/replay/http-sender.ts'
import { wrongUse } from './cli-error.ts'
import { program } from './noun.ts'
import { type Flag, milliseconds, value, withDefault } from './options.ts'
import { formatCount, printable, printableJson } from './output.ts'
import { readRecordingFile } from './recording-file.ts'

export const token: Flag<string | undefined> = () =>
  new Option('--token <token>', 'Bearer token; preferably set SCIM_TOKEN in the environment').env(
    'SCIM_TOKEN',
  )

export const timeout = withDefault(milliseconds('Response timeout'), 60_000, '60s')

function parseHeader(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\x20-\x7e]*)$/.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('expected a name, a colon and a value, such as "X-Api-Key: 123".')
  return { ...before, [name]: value }
}

/** Consecutive requests without a response, after which no further one is sent. */
const maxSilent = 3

/** Differences make the exit code 1. */
export async function replayTo(file: string, target: SenderOptions, json: boolean): Promise<void> {
  checkUrl(target.url)
  const { requests } = await readRecordingFile(file)
  const { createSender } = await import('../../traffic/replay/http-sender.ts')
  const { replay } = await import('../../traffic/replay/replay.ts')
  const { isDifferent } = await import('../../traffic/replay/comparison.ts')
  const send = createSender(target)
  const comparisons: Comparison[] = []
  let silent = 0
  for await (const comparison of replay(requests, send)) {
    comparisons.push(comparison)
    if (!json) process.stdout.write(formatComparison(comparison))
    silent = comparison.result.kind === 'no-response' ? silent + 1 : 0
    if (silent === maxSilent) break
  }
  const summary = summarize(comparisons, requests.length, isDifferent)
  if (json) process.stdout.write(`${printableJson({ ...summary, comparisons: comparisons.map(view) }, 2)}\n`)
  else process.stdout.write(formatSummary(summary))
  if (summary.different > 0 || summary.withoutResponse > 0) process.exitCode = 1
}

function checkUrl(text: string): void {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '')
    return
  throw wrongUse(
    'Invalid <url>: expected the base URL of a SCIM server, such as https://scim.example.com/scim/v2.',
  )
}

type Summary = {
  readonly requests: number
  readonly equal: number
  readonly different: number
  readonly withoutResponse: number
  /** Not sent, because the recording lacks a part of them. */
  readonly notSent: number
}

function summarize(
  comparisons: readonly Comparison[],
  requests: number,
  isDifferent: (comparison: Comparison) => boolean,
): Summary {
  const count = (kind: Comparison['result']['kind']) =>
    comparisons.filter(({ result }) => result.kind === kind).length
  const different = comparisons.filter(one => one.result.kind === 'response' && isDifferent(one)).length
  return {
    requests,
    equal: count('response') - different,
    different,
    withoutResponse: count('no-response'),
    notSent: count('not-sent') + requests - comparisons.length,
  }
}

const view = ({ number, recorded: { name, method, path, response }, result }: Comparison) => ({
  number,
  ...(name !== undefined && { name }),
  method,
  recorded: { path, ...(response && { status: response.status }) },
  ...result,
})

function formatComparison({ number, recorded, result }: Comparison): string {
  const about = `${number}  ${recorded.method} ${result.kind === 'not-sent' ? recorded.path : result.path}`
  const title = recorded.name === undefined ? about : `${about}  (${recorded.name})`
  const lines = linesOf(result)
  return lines.length === 0
    ? ''
    : [title, ...lines.map(line => `   ${line}`)].map(line => `${printable(line)}\n`).join('')
}

const maxShown = 10

function linesOf(result: Comparison['result']): readonly string[] {
  switch (result.kind) {
    case 'not-sent':
      return [`not sent: ${result.reason}`]
    case 'no-response':
      return [`no response: ${result.reason}`]
    case 'response': {
      const { differences, unknownIds } = result
      if (differences.length === 0) return []
      const more = differences.length - maxShown
      return [
        ...differences.slice(0, maxShown).map(formatDifference),
        ...(more > 0 ? [`and ${formatCount(more, 'more difference')}`] : []),
        ...unknownIds.map(id => `no recorded response has the ID ${id}: it was sent unchanged`),
      ]
    }
  }
}

function formatDifference(difference: Difference): string {
  const { kind, recorded, replayed } = difference
  const name = kind === 'value' ? difference.path || 'body' : kind
  return `${name}: ${formatValue(recorded)} recorded, ${formatValue(replayed)} now`
}

const maxLength = 80

function formatValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

function formatSummary({ requests, equal, different, withoutResponse, notSent }: Summary): string {
  const parts = [
    `${equal} equal`,
    `${different} different`,
    ...(withoutResponse > 0 ? [`${withoutResponse} without a response`] : []),
    ...(notSent > 0 ? [`${notSent} not sent`] : []),
  ]
  return `${formatCount(requests, 'request')}: ${parts.join(', ')}.\n`
}

export const replay = program(
  'replay <file> <url>',
  {
    flags: {
      token,
      header: value('name: value', 'Send this header with every request; repeatable', parseHeader),
      timeout,
    },
    help: '\nThe file is a recording, a HAR file, an export of the journal (NDJSON) or a session file (HTML). The\nURL is the base URL of the server. IDs of resources are replaced by those of the server. The requests\nchange its data.',
  },
  ({ file, url, token, header, timeout }, { json }) =>
    replayTo(file, { url, timeout, ...(token && { token }), ...(header && { headers: header }) }, json),
)

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { InvalidArgumentError } from 'commander'
import { CliError, wrongUse } from './cli-error.ts'
import { program } from './noun.ts'
import { milliseconds, text, toggle, type Values, value, wholeNumber, withDefault } from './options.ts'
import { formatCount, formatTime, printable, printableJson, printableLines } from './output.ts'
import { stopOnSignal } from './watch.ts'

/** Milliseconds. A proxy to a real directory must not be forgotten. */
const longest = 24 * 60 * 60 * 1000

function parseHash(text: string): string {
  if (/^[\da-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new InvalidArgumentError('expected 64 hexadecimal digits.')
}

const flags = {
  save: withDefault(text('file', 'File of the recording'), 'requests.recording.jsonl'),
  keepPersonalData: toggle('Keep texts about people and organizations in the recording'),
  host: withDefault(text('address', 'Listen address'), '127.0.0.1'),
  port: withDefault(value('port', 'Port; 0 picks a free port', wholeNumber(0, 65_535)), 8083),
  for: withDefault(milliseconds('How long to run, at most 24h'), longest, '24h'),
  tokenSha256: value('hash', 'Forward only the token with this SHA-256 hash', parseHash),
  allowInsecureUpstream: toggle('Allow http and local addresses, for tests'),
}

type Given = Values<typeof flags> & { readonly upstream: string }

async function runProxy(given: Given, json: boolean): Promise<void> {
  if (given.for > longest) throw wrongUse('Invalid --for: at most 24h.')
  const { server, upstream, recording } = await start(given).catch((error: Error) => {
    throw wrongUse(`Cannot start the proxy: ${error.message}.`)
  })
  const stop = AbortSignal.any([stopOnSignal(), AbortSignal.timeout(given.for)])
  const { address, port } = server.address() as AddressInfo
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}/scim/v2`
  const until = new Date(Date.now() + given.for).toISOString()
  const { save, keepPersonalData } = given
  const show = (facts: object, text: string) =>
    process.stdout.write(json ? `${printableJson(facts)}\n` : printableLines(text))
  show({ url, upstream: upstream.host, until, save }, formatStart(url, upstream.host, until, save))
  if (!stop.aborted) await once(stop, 'abort')
  await once(server.close(), 'close')
  upstream.close()
  try {
    const requests = recording.finish(keepPersonalData)
    show(
      { requests },
      requests === 0
        ? 'No request was forwarded.\n'
        : `Saved ${formatCount(requests, 'request')} to ${save}.\n`,
    )
  } catch (error) {
    throw new CliError(
      `Cannot finish the recording: ${(error as Error).message} ${save}.part has the requests.`,
    )
  }
}

async function start({ upstream: url, allowInsecureUpstream, save, tokenSha256, host, port }: Given) {
  const { checkUpstream, createUpstream } = await import('../../traffic/proxy/upstream.ts')
  const { createProxy } = await import('../../traffic/proxy/proxy.ts')
  const { openRecording } = await import('../../traffic/proxy/record.ts')
  const upstream = createUpstream(url, allowInsecureUpstream)
  await checkUpstream(upstream)
  const recording = openRecording(save, upstream)
  const notices = new Set<string>()
  /** All requests of a client may fail for the same reason. */
  const onNotice = (text: string) => {
    if (!notices.has(text)) process.stderr.write(`scimulator: ${printable(text)}\n`)
    notices.add(text)
  }
  const server = createProxy({ upstream, tokenSha256, onExchange: recording.add, onNotice })
  await once(server.listen(port, host), 'listening').catch(error => {
    recording.finish()
    throw error
  })
  return { server, upstream, recording }
}

const formatStart = (url: string, upstream: string, until: string, save: string): string => `\
Forwarding GET requests to ${url} to ${upstream} until ${formatTime(until)}.
This is a directory of real people. A provisioning job fails at its first change, because no other requests are forwarded.
${save}.part has requests and responses, with personal data until the end, and no token. Press Ctrl-C to end.
`

export const proxy = program(
  'proxy <upstream>',
  {
    flags,
    help: [
      '',
      'The upstream is the base URL of a SCIM endpoint: https://scim.us-east-1.amazonaws.com/TENANT/scim/v2. Clients use the path',
      '/scim/v2 of the proxy, or that of the upstream, and their usual token.',
    ].join('\n'),
  },
  (given, { json }) => runProxy(given, json),
)

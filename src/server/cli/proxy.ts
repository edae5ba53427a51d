import { once } from 'node:events'
import { type AddressInfo, isIPv6 } from 'node:net'
import { InvalidArgumentError } from 'commander'
import type { Reality } from '../../domain/contract/reality.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { program } from './noun.ts'
import { milliseconds, text, toggle, type Values, value, wholeNumber, withDefault } from './options.ts'
import { formatCount, formatTime, printable, printableJson, printableLines } from './output.ts'
import { exportFlags, playFlags, readExport, readSwitches, writeOutput } from './source-files.ts'
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
  findings: text('file', 'File of the differences to what the profile aws predicts'),
  fail: toggle('Exit with code 1 if there are differences (with --findings)'),
  switch: playFlags.switch,
  directory: text('path', 'Export of the AWS directory, to predict more (with --findings)'),
  ...exportFlags,
}

type Given = Values<typeof flags> & { readonly upstream: string }

async function runProxy(given: Given, json: boolean): Promise<void> {
  const { save, keepPersonalData, findings } = given
  if (given.for > longest) throw wrongUse('Invalid --for: at most 24h.')
  const { proxy, upstream, recording, reality } = await start(given).catch(error => {
    throw error instanceof CliError ? error : wrongUse(`Cannot start the proxy: ${error.message}.`)
  })
  const stop = AbortSignal.any([stopOnSignal(), AbortSignal.timeout(given.for)])
  const { address, port } = proxy.address() as AddressInfo
  const url = `http://${isIPv6(address) ? `[${address}]` : address}:${port}/scim/v2`
  const until = new Date(Date.now() + given.for).toISOString()
  const show = (facts: object, text: string) =>
    process.stdout.write(json ? `${printableJson(facts)}\n` : printableLines(text))
  show({ url, upstream: upstream.host, until, save }, formatStart(url, upstream.host, until, save))
  if (!stop.aborted) await once(stop, 'abort')
  await once(proxy.close(), 'close')
  upstream.close()
  try {
    const requests = await recording.finish(keepPersonalData).catch((error: Error) => {
      throw new CliError(`Cannot finish the recording: ${error.message} ${save}.part has the requests.`)
    })
    const saved = `Saved ${formatCount(requests, 'request')} to ${save}.\n`
    show({ requests }, requests === 0 ? 'No request was forwarded.\n' : saved)
    if (!reality || findings === undefined) return
    const observed = await reality.report().catch((error: Error) => {
      throw new CliError(`Cannot compare the responses: ${error.message}`)
    })
    const report = { ...observed, upstream: upstream.host }
    await writeOutput(findings, `${printableJson(report, 2)}\n`)
    show(report, formatReality(report, findings))
    if (given.fail && report.findings.length > 0) process.exitCode = 1
  } finally {
    await reality?.close()
  }
}

async function start(given: Given) {
  const { checkUpstream, createUpstream } = await import('../../traffic/proxy/upstream.ts')
  const { createProxy } = await import('../../traffic/proxy/proxy.ts')
  const { openRecording } = await import('../../traffic/proxy/record.ts')
  const { startReality } = await import('../../insight/reality/in-thread.ts')
  const { directory: path, findings, fail, switch: chosen, host, port, tokenSha256 } = given
  if (findings === undefined && (path ?? chosen ?? fail) !== undefined)
    throw wrongUse('--directory, --switch and --fail require --findings.')
  const switches = await readSwitches(chosen, 'aws')
  const directory = path === undefined ? undefined : await readExport(path, given)
  const upstream = createUpstream(given.upstream, given.allowInsecureUpstream)
  await checkUpstream(upstream)
  const recording = openRecording(given.save, upstream)
  const notices = new Set<string>()
  const proxy = createProxy({
    upstream,
    tokenSha256,
    onExchange(exchange) {
      const { at, method, url, response } = exchange
      reality?.observe({ at: Date.parse(at), method, path: url.slice(upstream.url.length), response })
      recording.add(exchange)
    },
    onNotice(text) {
      // All requests of a client may fail for the same reason.
      if (!notices.has(text)) process.stderr.write(`scimulator: ${printable(text)}\n`)
      notices.add(text)
    },
  })
  await once(proxy.listen(port, host), 'listening').catch(async error => {
    await recording.finish()
    throw error
  })
  const reality = findings === undefined ? undefined : startReality({ profile: 'aws', switches, directory })
  return { proxy, upstream, recording, reality }
}

function formatReality({ compared, requests, findings, switches }: Reality, file: string): string {
  const shown = switches.flatMap(({ id, documented, seen, state }) =>
    state === 'named' && seen !== undefined
      ? [`${id} is ${seen}, where the profile has ${documented}.\n`]
      : [],
  )
  const count = formatCount(findings.length, 'difference')
  return `Compared ${compared} of ${formatCount(requests, 'request')}: ${count}, in ${file}.\n${shown.join('')}`
}

const formatStart = (url: string, upstream: string, until: string, save: string): string => `\
Forwarding GET requests from ${url} to ${upstream} until ${formatTime(until)}.
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

import { isUtf8 } from 'node:buffer'
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { brotliDecompressSync, unzipSync } from 'node:zlib'
import { compact } from '../../scim/json.ts'
import { replacePersonalData } from '../recordings/personal-data.ts'
import { readRecordingSource, writeRecording } from '../recordings/read.ts'
import { type Captured, toHeaders, toRecordedRequest } from '../recordings/read-captured.ts'
import type { Provenance, Recording } from '../recordings/recording.ts'
import { maskSecrets } from '../recordings/secrets.ts'
import type { Upstream } from './upstream.ts'

/** Bytes of a body that are recorded. More would occupy the event loop for longer than 20 ms. */
export const maxCopy = 512 * 1024

/** The exchange without secrets. `bytes` are the body as received; undefined if it is larger than `maxCopy`. */
export function capture(
  facts: { readonly at: number; readonly url: string },
  { headers, rawHeaders: sent }: IncomingMessage,
  { statusCode: status = 0, rawHeaders, headers: { 'content-encoding': encoding } }: IncomingMessage,
  bytes: Buffer | undefined,
): Captured {
  const body = bytes && readText(bytes, encoding)
  const hasBody = 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
  const exchange = {
    at: new Date(facts.at).toISOString(),
    method: 'GET',
    url: facts.url,
    request: { headers: headersOf(sent), isCut: hasBody },
    response: { status, headers: headersOf(rawHeaders), isCut: body === undefined, ...compact({ body }) },
  }
  return maskSecrets([exchange])[0] ?? exchange
}

const headersOf = (raw: readonly string[]) =>
  toHeaders(raw.flatMap((name, at) => (at % 2 === 0 ? [{ name, value: raw[at + 1] ?? '' }] : [])))

/** Undefined if the body can't be decoded, or is larger than `maxCopy`. */
function readText(bytes: Buffer, encoding: string | undefined): string | undefined {
  try {
    const decode = encoding === 'br' ? brotliDecompressSync : unzipSync
    const text = encoding === undefined ? bytes : decode(bytes, { maxOutputLength: maxCopy })
    return isUtf8(text) ? text.toString() : undefined
  } catch {
    return undefined
  }
}

/**
 * Writes requests to `FILE.part`, which is a recording at any time. Texts about people are replaced at the end, because all texts have to
 * be known. Throws if one of the files exists.
 */
export function openRecording(file: string, { host, path }: Upstream) {
  const part = `${file}.part`
  if (existsSync(file)) throw new Error(`${file} exists`)
  const [, region] = /^scim\.([a-z\d-]+)\.amazonaws\.com$/.exec(host) ?? []
  const provenance: Provenance = {
    recording: 1,
    client: {},
    capture: {
      how: 'proxy',
      date: new Date().toISOString().slice(0, 10),
      ...(region !== undefined && { server: `AWS IAM Identity Center, ${region}` }),
    },
    certainty: 'captured',
    personalData: 'kept',
  }
  writeFileSync(part, writeRecording({ provenance, requests: [] }), { flag: 'wx', mode: 0o600 })
  let count = 0
  let isWhole = true
  return {
    /** Throws once if the file can't be written. A line that was cut must remain the last. */
    add(exchange: Captured): void {
      if (!isWhole) return
      isWhole = false
      appendFileSync(part, `${JSON.stringify(toRecordedRequest(exchange, path))}\n`)
      isWhole = true
      count += 1
    },
    /** Replaces `FILE.part` by the recording, and returns its number of requests. Without any, there is no file. */
    async finish(keepPersonalData = false): Promise<number> {
      if (count > 0) {
        const { requests } = readRecordingSource(readFileSync(part, 'utf8'))
        const personalData = keepPersonalData ? 'kept' : 'replaced'
        const recording: Recording = {
          provenance: { ...provenance, personalData },
          requests: keepPersonalData ? requests : replacePersonalData(requests),
        }
        writeFileSync(file, writeRecording(recording), { flag: 'wx', mode: 0o600 })
      }
      rmSync(part)
      return count
    },
  }
}

import { writeFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import type { RecordingSource } from '../../traffic/recordings/read.ts'
import type { Provenance, Recording, Review } from '../../traffic/recordings/recording.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { does, noun } from './noun.ts'
import { outputFile, text, toggle, type Values, value } from './options.ts'
import { formatCount, printable, printableJson } from './output.ts'
import { readRecordingFile } from './recording-file.ts'
import { formatRecord } from './table.ts'

function parseDate(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('expected a date such as 2026-11-27.')
}

const flags = {
  output: outputFile,
  title: text('text', 'What the client did, in one line'),
  product: text('name', 'Product that sent the requests: okta, entra, google, …'),
  productVersion: text('text', 'Version of the product'),
  app: text('name', 'App or connector of the product that sent them'),
  server: text('text', 'Server that responded: "Scimulator 1.4.0, profile aws"'),
  by: text('name', 'Who recorded them (default: anonymous)'),
  date: value('date', 'Day of the recording (default: of the first request)', parseDate),
  replacePersonalData: toggle('Replace texts about people and organizations, the same one by the same one'),
}

type CreateFlags = Values<typeof flags>

async function createRecording(file: string, flags: CreateFlags, json: boolean): Promise<void> {
  const source = await readRecordingFile(file)
  const { writeRecording } = await import('../../traffic/recordings/read.ts')
  const { replacePersonalData } = await import('../../traffic/recordings/personal-data.ts')
  const requests = flags.replacePersonalData ? replacePersonalData(source.requests) : source.requests
  const text = writeRecording({ provenance: provenanceFor(source, flags), requests })
  if (flags.output === undefined) {
    process.stdout.write(process.stdout.isTTY ? text.split('\n').map(printable).join('\n') : text)
    return
  }
  try {
    writeFileSync(flags.output, text, { mode: 0o600 })
  } catch (error) {
    throw new CliError(`Cannot write ${flags.output} (${(error as NodeJS.ErrnoException).code}).`)
  }
  const saved = { file: flags.output, requests: requests.length }
  process.stdout.write(
    json
      ? `${printableJson(saved, 2)}\n`
      : `Saved ${formatCount(requests.length, 'request')} to ${printable(flags.output)}. Read the file before you publish it.\n`,
  )
}

const howOf: Readonly<Record<Exclude<RecordingSource['kind'], 'recording'>, Provenance['capture']['how']>> = {
  har: 'proxy',
  journal: 'scimulator',
  session: 'scimulator',
}

function provenanceFor(source: RecordingSource, flags: CreateFlags): Provenance {
  const { title, product, productVersion, app, server, by, date, replacePersonalData } = flags
  const given =
    source.provenance ?? captured(howOf[source.kind === 'recording' ? 'har' : source.kind], source.requests)
  return {
    ...given,
    ...(title !== undefined && { title }),
    client: {
      ...given.client,
      ...(product !== undefined && { product }),
      ...(productVersion !== undefined && { version: productVersion }),
      ...(app !== undefined && { app }),
    },
    capture: {
      ...given.capture,
      ...(date !== undefined && { date }),
      ...(by !== undefined && { by }),
      ...(server !== undefined && { server }),
    },
    ...(replacePersonalData && { personalData: 'replaced' }),
  }
}

const captured = (how: Provenance['capture']['how'], requests: Recording['requests']): Provenance => ({
  recording: 1,
  client: {},
  capture: { how, ...(requests[0]?.at !== undefined && { date: requests[0].at.slice(0, 10) }) },
  certainty: 'captured',
  personalData: 'kept',
})

async function checkRecording(file: string, json: boolean): Promise<void> {
  const { provenance, requests } = await readRecordingFile(file)
  if (provenance === undefined) {
    throw wrongUse(
      `${file} is not a recording: it does not state where its requests are from. \`scimulator recording create\` makes one of it.`,
    )
  }
  const { reviewRecording } = await import('../../traffic/recordings/recording.ts')
  const review = reviewRecording({ provenance, requests })
  process.stdout.write(
    json ? `${printableJson({ provenance, ...review }, 2)}\n` : formatReview(provenance, review),
  )
  if (review.lacks.length + review.addresses.length > 0) process.exitCode = 1
}

function formatReview({ client, capture, personalData }: Provenance, review: Review): string {
  const counts = Object.entries(review.byCertainty).filter(([, count]) => count > 0)
  const facts = formatRecord([
    ['product', [client.product, client.version].filter(Boolean).join(' ')],
    ['app', client.app],
    ['obtained', [capture.how, capture.date, capture.by && `by ${capture.by}`].filter(Boolean).join(', ')],
    ['server', capture.server],
    ['personal data', personalData],
    ['requests', review.requests],
    ...counts.map(([certainty, count]) => [certainty, count] as const),
  ])
  const addresses = review.addresses.map(address => `Real email address? ${address}`)
  const problems = [...review.lacks, ...addresses].map(line => `${printable(line)}\n`)
  return `${facts}${problems.length > 0 ? '\n' : ''}${problems.join('')}`
}

export const recording = noun([
  does(
    'create <file>',
    'Write a recording of the requests in a file, without secrets',
    {
      flags,
      help: '\nThe file is a HAR file, an export of the journal (NDJSON), a session file (HTML) or a recording.',
    },
    ({ file, ...given }, { json }) => createRecording(file, given, json),
  ),
  does(
    'check <file>',
    'Check a recording before it is published; exit code 1 if something is missing',
    {},
    ({ file }, { json }) => checkRecording(file, json),
  ),
])

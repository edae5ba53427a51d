import { writeFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { RecordingSource } from '../../traffic/recordings/read.ts'
import type { Provenance, Recording } from '../../traffic/recordings/recording.ts'
import type { Review } from '../../traffic/recordings/review.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { formatCount, printable, printableJson } from './output.ts'
import { readRecordingFile } from './recording-file.ts'
import { formatRecord } from './table.ts'

/** `scimulator recording`: prepares recorded requests for others. It needs no server. */
export function recordingCommand(recording: Command): void {
  recording
    .command('create <file>')
    .description('Write a recording of the requests in a file, without secrets')
    .addHelpText(
      'after',
      '\nThe file is a HAR file, an export of the journal (NDJSON), a session file (HTML) or a recording.',
    )
    .option('-o, --output <file>', 'Output file (default: standard output)')
    .option('--title <text>', 'What the client did, in one line')
    .option('--product <name>', 'Product that sent the requests: okta, entra, google, …')
    .option('--product-version <text>', 'Version of the product')
    .option('--app <name>', 'App or connector of the product that sent them')
    .option('--server <text>', 'Server that responded: "Scimulator 1.4.0, profile aws"')
    .option('--by <name>', 'Who recorded them (default: anonymous)')
    .addOption(
      new Option('--date <date>', 'Day of the recording (default: of the first request)').argParser(
        parseDate,
      ),
    )
    .option(
      '--replace-personal-data',
      'Replace texts about people and organizations, the same one by the same one',
    )
    .action(createRecording)
  recording
    .command('check <file>')
    .description('Check a recording before it is published; exit code 1 if something is missing')
    .action(checkRecording)
}

function parseDate(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('expected a date such as 2026-11-27.')
}

type CreateFlags = {
  readonly output?: string
  readonly title?: string
  readonly product?: string
  readonly productVersion?: string
  readonly app?: string
  readonly server?: string
  readonly by?: string
  readonly date?: string
  readonly replacePersonalData?: true
}

async function createRecording(file: string, flags: CreateFlags, command: Command): Promise<void> {
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
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
  const saved = { file: flags.output, requests: requests.length }
  process.stdout.write(
    json
      ? `${printableJson(saved, 2)}\n`
      : `Saved ${formatCount(requests.length, 'request')} to ${printable(flags.output)}. Read the file before you publish it.\n`,
  )
}

/** How the requests of a file were obtained. Session files and exports of the journal are Scimulator's own. */
const howOf: Readonly<Record<Exclude<RecordingSource['kind'], 'recording'>, Provenance['capture']['how']>> = {
  har: 'proxy',
  journal: 'scimulator',
  session: 'scimulator',
}

/** The provenance of the file, with what the flags state. */
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

async function checkRecording(file: string, _options: object, command: Command): Promise<void> {
  const { provenance, requests } = await readRecordingFile(file)
  if (provenance === undefined) {
    throw wrongUse(
      `${file} is not a recording: it does not state where its requests are from. \`scimulator recording create\` makes one of it.`,
    )
  }
  const { reviewRecording } = await import('../../traffic/recordings/review.ts')
  const review = reviewRecording({ provenance, requests })
  const { json = false } = command.optsWithGlobals<{ json?: true }>()
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

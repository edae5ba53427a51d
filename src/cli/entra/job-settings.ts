import { z } from 'zod'
import { wrongUse } from '../cli-error.ts'
import { readDuration } from '../duration.ts'
import { jobOptions } from './job-options.ts'

/** Numbers and durations are text in flags, and may be numbers in the file. */
const number = (least: number) => {
  const message = `has to be a whole number from ${least} on`
  return z.preprocess(
    value => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int(message).min(least, message),
  )
}
const text = z.string('has to be text').min(1, "can't be empty")
const yesNo = z.boolean('has to be true or false')
const duration = z.string('has to be a duration such as 30s').transform((value, context) => {
  try {
    return readDuration(value)
  } catch {
    context.addIssue('has to be a duration such as 30s')
    return z.NEVER
  }
})

const url = z.string('has to be a URL').superRefine((value, context) => {
  const parsed = URL.parse(value)
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    context.addIssue('has to be a URL such as http://127.0.0.1:8080/acme/scim/v2')
  } else if (parsed.username !== '' || parsed.password !== '') {
    context.addIssue("can't hold a name or password: the token says who sends")
  }
})

const token = z
  .string('has to be text')
  .regex(
    /^[\x21-\x7e]+$/,
    'has to be ASCII letters, digits and punctuation without blanks; Entra itself adds "Bearer"',
  )

const schema = z.object({
  url: url.optional(),
  token: token.optional(),
  directory: text.optional(),
  mapping: text,
  scope: z.enum(['assigned', 'all'], 'has to be assigned or all'),
  state: text,
  skipOutOfScopeDeletions: yesNo.default(false),
  accidentalDeletionThreshold: number(0).optional(),
  memberBatchSize: number(1),
  memberConcurrency: number(1),
  concurrency: number(1),
  maxRps: number(1),
  honourRetryAfter: yesNo.default(false),
  probeEveryCycle: yesNo.default(true),
  sendManagerOnCreate: yesNo.default(false),
  activeAsStringOnCreate: yesNo.default(false),
  memberNullRef: yesNo.default(false),
  groupSchemaMs: yesNo.default(true),
  keepFlagInQuery: yesNo.default(false),
  timeout: duration,
})

export type JobSettings = Readonly<z.output<typeof schema>>

/** What a command can't do without. */
export type Needed = 'url' | 'token' | 'directory'
export type Complete<Needs extends Needed> = JobSettings & Readonly<Record<Needs, string>>

/** Values by the options' keys, each with the name by which its mistakes are told. */
export type Given = ReadonlyMap<string, { readonly value: unknown; readonly name: string }>

/** Flags before the file before defaults. Throws a CliError with everything that is wrong or missing. */
export function readSettings<Needs extends Needed>(
  fromFile: Given,
  fromFlags: Given,
  needs: readonly Needs[],
): Complete<Needs> {
  const given = new Map([...fromFile, ...fromFlags])
  const defaults = jobOptions.flatMap(({ key, otherwise }) =>
    otherwise === undefined ? [] : [[key, otherwise]],
  )
  const values = {
    ...Object.fromEntries(defaults),
    ...Object.fromEntries([...given].map(([key, { value }]) => [key, value])),
  }
  const read = schema.safeParse(values)
  const mistakes = read.success
    ? []
    : read.error.issues.map(({ path, message }) => `${given.get(String(path[0]))?.name} ${message}.`)
  const missing = needs.filter(key => !given.has(key))
  if (!read.success || mistakes.length + missing.length > 0) {
    throw manyMistakes([...mistakes, ...missing.map(key => absent[key]), ...example(missing)])
  }
  return read.data as Complete<Needs>
}

/** One line a mistake. */
export const manyMistakes = (mistakes: readonly string[]) => wrongUse(mistakes.join('\nscimulator: '))

const absent: Readonly<Record<Needed, string>> = {
  url: '--url is missing: the tenant URL, which is the address of the SCIM endpoint.',
  token: '--token is missing: the secret token; SCIMULATOR_ENTRA_TOKEN in the environment does as well.',
  directory: '--directory is missing: the file or folder to provision from.',
}

/** Somebody who tries this for the first time. */
function example(missing: readonly Needed[]): readonly string[] {
  if (missing.length === 0) return []
  return [
    [
      'With `scimulator --memory --tenant acme --token let-me-in-for-now` running, this works:',
      '  scimulator entra sync --url http://127.0.0.1:8080/acme/scim/v2 --token let-me-in-for-now \\',
      '    --directory samples/springfield.json',
    ].join('\n'),
  ]
}

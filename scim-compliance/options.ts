import { parseArgs } from 'node:util'
import type { AuthorizationOptions, Suite } from './check.ts'
import { isLoopback } from './client/reachability.ts'
import { type ExtraBody, readExtraBody } from './data/extra-bodies.ts'
import { type FailOn, failOns, type Threshold } from './grade/score.ts'
import { formats, type RequestedReport } from './reports/formats.ts'
import { compact } from './scim.ts'

const option = (name: string, value: string | undefined, description: string, repeats?: 'repeats') => ({
  name,
  /** The placeholder of the value in the help text; none for a switch. */
  value,
  description,
  repeats: repeats !== undefined,
})

/** In the order of the help. */
export const optionList = [
  option('url', 'URL', 'base URL of the SCIM server; the flag can be omitted'),
  option('token', 'TOKEN', 'bearer token; preferably set SCIM_TOKEN in the environment'),
  option(
    'header',
    '"NAME: VALUE"',
    'header to send with every request, for servers without a bearer token',
    'repeats',
  ),
  option(
    'as',
    'SUITES',
    'suites to run: rfc, aws, entra, okta or all (these four), and the drafts interop and ipsie, comma-separated; default: rfc,entra',
    'repeats',
  ),
  option('only', 'ID', 'only checks whose ID starts with this: rfc/filter or rfc/filter/refuses', 'repeats'),
  option('skip', 'ID', 'no checks whose ID starts with this', 'repeats'),
  option('list', undefined, 'list the checks without running them'),
  option('read-only', undefined, 'send no writes'),
  option(
    'load',
    undefined,
    'with ipsie: also send 25 requests per second for 10 s, then a burst of at most 500',
  ),
  option('issuer', 'URL', 'issuer of the authorization server; default: the one that the server names'),
  option(
    'with',
    '[TYPE=]FILE',
    'JSON with attributes that resources of a type require beyond their schema; {unique} is replaced by a unique string',
    'repeats',
  ),
  option(
    'rate',
    'NUMBER',
    'maximum requests per second, except bursts; default: 20, or no limit (0) for localhost',
  ),
  option('concurrency', 'NUMBER', 'concurrent checks; default: 4'),
  option('timeout', 'SECONDS', 'response timeout in seconds; default: 30'),
  option('retries', 'NUMBER', 'retries after 429 and 503; default: 3 for 429, none for 503'),
  option('insecure', undefined, 'skip TLS verification'),
  option(
    'report',
    'FORMAT[=FILE]',
    'reports, comma-separated: terminal,json=FILE; one report can go to standard output',
    'repeats',
  ),
  option(
    'fail-on',
    'LEVEL',
    'must, should, any or never: failures that set exit code 1, in rfc or in the suites of --as; default: must',
  ),
  option('min-score', 'PERCENT', 'minimum score; a lower one sets exit code 1'),
  option('known', 'FILE', 'known failures to ignore: [{ "id": …, "reason": … }]'),
  option('baseline', 'FILE', 'earlier JSON report to compare with'),
  option('verbose', undefined, 'print all failures on the terminal, not only the first screen'),
  option('quiet', undefined, 'no progress output'),
  option('version', undefined, 'show the version'),
  option('help', undefined, 'show this help'),
]

const width = 28

export const helpText = (called: string): string =>
  [
    `Usage: ${called} URL [options]`,
    '',
    'Grades a SCIM server by the requirements of the RFCs and of clients, and predicts how clients work with it.',
    '',
    ...optionList.map(({ name, value = '', description, repeats }) => {
      const flag = `  --${name} ${value}`.padEnd(width)
      return `${flag}${flag.length > width ? ' ' : ''}${description}${repeats ? ' (repeatable)' : ''}`
    }),
    '',
    `Report formats: ${formats.join(', ')}.`,
    'Exit code 0: passed; 1: failed; 2: invalid use, incomplete run, or not graded.',
    '',
  ].join('\n')

type ParsedArgs = ReturnType<typeof parseArguments>

function parseArguments(args: readonly string[]) {
  const kinds = optionList.map(({ name, value }) => {
    const type = value === undefined ? 'boolean' : 'string'
    return [name, { type, multiple: true }] as const
  })
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(kinds),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const found = new Map<string, string[]>()
  const problems: string[] = []
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = optionList.find(({ name }) => name === token.name)
    const value = token.value ?? ''
    if (option === undefined) problems.push(`Unknown option ${token.rawName}.`)
    else if (option.value === undefined && token.value !== undefined)
      problems.push(`--${token.name} takes no value.`)
    // `--token --read-only` lacks the token.
    else if (option.value !== undefined && (value === '' || (!token.inlineValue && value.startsWith('--'))))
      problems.push(`--${token.name} requires ${option.value}.`)
    else if (!option.repeats && found.has(token.name))
      problems.push(`--${token.name} is given more than once.`)
    else found.set(token.name, [...(found.get(token.name) ?? []), value])
  }
  const values = (name: string): readonly string[] => found.get(name) ?? []
  return { values, has: (name: string) => found.has(name), positionals, problems }
}

export type Options = ReturnType<typeof optionsFrom>

type OptionsResult =
  | { readonly options: Options }
  | { readonly help: true }
  | { readonly version: true }
  | { readonly problems: readonly string[] }

export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): OptionsResult {
  const given = parseArguments(args.map(arg => (arg === '-h' ? '--help' : arg)))
  if (given.has('help')) return { help: true }
  if (given.has('version')) return { version: true }
  const options = optionsFrom(given, environment)
  return given.problems.length > 0 ? { problems: given.problems } : { options }
}

function optionsFrom(given: ParsedArgs, environment: NodeJS.ProcessEnv) {
  const url = readUrl(given)
  const token = given.values('token')[0] ?? (environment.SCIM_TOKEN || undefined)
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    given.problems.push('A token consists of ASCII letters, digits and punctuation, without spaces.')
  const authorization = readAuthorization(given, environment)
  const minScore = readNumberOption(given, 'min-score', { from: 0, to: 100 })
  const as = readSuites(given)
  const threshold: Threshold = {
    failOn: readFailOn(given),
    ...compact({ minScore }),
    // Verdicts of clients are always shown, but count only if requested.
    suites: given.has('as') ? as : ['rfc'],
  }
  return {
    url,
    token,
    headers: readHeaders(given),
    as,
    only: readList(given, 'only'),
    skip: readList(given, 'skip'),
    list: given.has('list'),
    readOnly: given.has('read-only'),
    load: readLoad(given, as),
    authorization,
    extras: readExtras(given),
    rate: readNumberOption(given, 'rate', { from: 0, to: 10_000 }) ?? defaultRate(url),
    /** No check may exceed a rate that was given. */
    strictRate: given.has('rate'),
    concurrency: readNumberOption(given, 'concurrency', { from: 1, to: 100, whole: true }) ?? 4,
    timeoutSeconds: readNumberOption(given, 'timeout', { from: 0.1, to: 3600 }) ?? 30,
    retries: readNumberOption(given, 'retries', { from: 0, to: 100, whole: true }),
    insecure: given.has('insecure'),
    reports: readReports(given),
    threshold,
    known: given.values('known')[0],
    baseline: given.values('baseline')[0],
    quiet: given.has('quiet'),
    verbose: given.has('verbose'),
  }
}

/** Requests per second. Remote servers may throttle or bill; a local one belongs to the user. */
const defaultRate = (url: string): number => (isLoopback(URL.parse(url)?.hostname ?? '') ? 0 : 20)

function readUrl({ values, positionals, has, problems }: ParsedArgs): string {
  const [text, ...more] = [...values('url'), ...positionals]
  if (more.length > 0) problems.push(`Only one URL can be graded, not ${more.length + 1}.`)
  if (text === undefined) {
    if (!has('list')) problems.push('The URL of the server is missing: https://scim.example.com/scim/v2.')
    return 'http://localhost'
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    problems.push('The URL must start with https:// or http://.')
  } else if (url.username !== '' || url.password !== '') {
    problems.push('The URL must not contain a user name or password: use --header "Authorization: Basic …".')
  } else if (url.search !== '' || url.hash !== '') {
    problems.push('The URL of the SCIM root must not contain ? or #.')
  }
  return text.replace(/\/+$/, '')
}

function readAuthorization(given: ParsedArgs, environment: NodeJS.ProcessEnv): AuthorizationOptions {
  const [issuer] = given.values('issuer')
  if (issuer !== undefined && !/^https?:$/.test(URL.parse(issuer)?.protocol ?? ''))
    given.problems.push('--issuer must start with https:// or http://.')
  const { SCIM_CLIENT_ID: id, SCIM_CLIENT_ASSERTION: assertion } = environment
  return { ...compact({ issuer }), ...(id && assertion && { client: { id, assertion } }) }
}

function readHeaders({ values, problems }: ParsedArgs): Readonly<Record<string, string>> {
  const pairs = values('header').map(text => /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\x20-\x7e]*)$/.exec(text))
  if (pairs.includes(null)) problems.push('--header requires a name, a colon and a value: "X-Api-Key: 123".')
  return Object.fromEntries(pairs.flatMap(pair => (pair ? [[pair[1] ?? '', pair[2] ?? '']] : [])))
}

/** The suites that `all` means. */
const stable: readonly Suite[] = ['rfc', 'aws', 'entra', 'okta']
const suites: readonly Suite[] = [...stable, 'interop', 'ipsie']

function readSuites(given: ParsedArgs): readonly Suite[] {
  const names = readList(given, 'as')
  const wrong = names.filter(name => name !== 'all' && !suites.some(suite => suite === name))
  if (wrong.length > 0)
    given.problems.push(`--as accepts ${suites.join(', ')} and all, not ${wrong.join(', ')}.`)
  if (names.length === 0) return ['rfc', 'entra']
  // IPSIE requires interop (§4.2 of its draft), so no level can be judged without it.
  const asked = names.includes('ipsie') ? [...names, 'interop'] : names
  return suites.filter(suite => asked.includes(suite) || (asked.includes('all') && stable.includes(suite)))
}

/** Only checks of `ipsie` send this load. */
function readLoad({ has, problems }: ParsedArgs, as: readonly Suite[]): boolean {
  if (has('load') && !as.includes('ipsie')) problems.push('--load requires --as ipsie.')
  return has('load')
}

const readList = (
  { values }: ParsedArgs,
  name: string,
  separator: string | RegExp = ',',
): readonly string[] =>
  values(name)
    .flatMap(text => text.split(separator))
    .map(text => text.trim())
    .filter(text => text !== '')

function readExtras({ values, problems }: ParsedArgs): readonly ExtraBody[] {
  return values('with').flatMap(text => {
    try {
      return [readExtraBody(text)]
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
      return []
    }
  })
}

function readNumberOption(
  { values, problems }: ParsedArgs,
  name: string,
  { from, to, whole }: { readonly from: number; readonly to: number; readonly whole?: true },
): number | undefined {
  const [text] = values(name)
  if (text === undefined) return undefined
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) return number
  problems.push(`--${name} must be a ${whole ? 'whole ' : ''}number from ${from} to ${to}, not ${text}.`)
  return undefined
}

/** A comma before a single word or before `word=`; other commas belong to a file's name. */
const betweenReports = /,(?=\s*\w+\s*(?:=|,|$))/

function readReports(given: ParsedArgs): readonly RequestedReport[] {
  const { problems } = given
  const asked = readList(given, 'report', betweenReports).flatMap((text): readonly RequestedReport[] => {
    const [name = '', ...parts] = text.split('=')
    const file = parts.join('=')
    if (!formats.includes(name)) problems.push(`--report accepts ${formats.join(', ')}, not ${name}.`)
    else if (parts.length > 0 && file === '') problems.push(`--report ${text} requires a file after the =.`)
    else return [{ format: name, ...(parts.length > 0 && { file }) }]
    return []
  })
  if (asked.filter(({ file }) => file === undefined).length > 1)
    problems.push('Only one --report can go to standard output; specify files for the others: json=FILE.')
  return asked.length > 0 ? asked : [{ format: 'terminal' }]
}

function readFailOn({ values, problems }: ParsedArgs): FailOn {
  const [text = 'must'] = values('fail-on')
  const found = failOns.find(one => one === text)
  if (found === undefined) problems.push(`--fail-on must be one of ${failOns.join(', ')}, not ${text}.`)
  return found ?? 'must'
}

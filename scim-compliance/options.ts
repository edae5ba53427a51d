import type { Suite } from './check.ts'
import type { ClientOptions } from './client/client.ts'
import type { Extra } from './data/extras.ts'
import { readExtra } from './data/read-extra.ts'
import { type FailOn, failOns, type Threshold } from './grade/threshold.ts'
import { type Given, readArgs } from './read-args.ts'
import { formats } from './reports/index.ts'
import type { ReportAsked } from './reports/write.ts'
import type { Asked } from './run/result.ts'

export type Options = Asked &
  ClientOptions & {
    readonly extras: readonly Extra[]
    readonly reports: readonly ReportAsked[]
    readonly threshold: Threshold
    readonly known: string | undefined
    readonly baseline: string | undefined
    readonly quiet: boolean
    readonly list: boolean
    /** `rate` was given, and isn't exceeded by any check. */
    readonly strictRate: boolean
  }

export type ReadOptions =
  | { readonly options: Options }
  | { readonly help: true }
  | { readonly version: true }
  | { readonly problems: readonly string[] }

type Environment = Readonly<Record<string, string | undefined>>

/** What a command line asks for, or everything that is wrong with it. */
export function readOptions(args: readonly string[], environment: Environment): ReadOptions {
  const given = readArgs(args.map(arg => (arg === '-h' ? '--help' : arg)))
  if (given.has('help')) return { help: true }
  if (given.has('version')) return { version: true }
  const problems = [...given.problems]
  const url = urlIn(given, problems)
  const token = given.values('token')[0] ?? (environment.SCIM_TOKEN || undefined)
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    problems.push('A token is of ASCII letters, digits and punctuation, without blanks.')
  const minScore = numberIn(given, 'min-score', { from: 0, to: 100 }, problems)
  const as = suitesIn(given, problems)
  const options: Options = {
    url,
    token,
    headers: headersIn(given, problems),
    as,
    only: listIn(given, 'only'),
    skip: listIn(given, 'skip'),
    list: given.has('list'),
    readOnly: given.has('read-only'),
    extras: extrasIn(given, problems),
    rate: numberIn(given, 'rate', { from: 0, to: 10_000 }, problems) ?? usualRate(url),
    strictRate: given.has('rate'),
    concurrency: numberIn(given, 'concurrency', { from: 1, to: 100, whole: true }, problems) ?? 4,
    timeoutSeconds: numberIn(given, 'timeout', { from: 0.1, to: 3600 }, problems) ?? 30,
    retries: numberIn(given, 'retries', { from: 0, to: 100, whole: true }, problems),
    insecure: given.has('insecure'),
    reports: reportsIn(given, problems),
    threshold: {
      failOn: failOnIn(given, problems),
      ...(minScore !== undefined && { minScore }),
      // What clients make of a server is shown to everybody, and held against it where somebody asks for it.
      suites: given.has('as') ? as : ['rfc'],
    },
    known: given.values('known')[0],
    baseline: given.values('baseline')[0],
    quiet: given.has('quiet'),
  }
  return problems.length > 0 ? { problems } : { options }
}

type Problems = string[]

/** Requests a second. Servers elsewhere may throttle or bill; one on this machine is the user's own. */
const usualRate = (url: string): number => (isLoopback(URL.parse(url)?.hostname ?? '') ? 0 : 20)

const isLoopback = (hostname: string): boolean =>
  /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)

function urlIn({ values, positionals, has }: Given, problems: Problems): string {
  const [text, ...more] = [...values('url'), ...positionals]
  if (more.length > 0) problems.push(`One URL is graded at a time, not ${more.length + 1}.`)
  if (text === undefined) {
    if (!has('list')) problems.push('Which server? Give its URL: https://scim.example.com/scim/v2.')
    return 'http://localhost'
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    problems.push('A URL begins with https:// or http://.')
  } else if (url.username !== '' || url.password !== '') {
    problems.push('Names and passwords don’t belong into the URL: give --header "Authorization: Basic …".')
  } else if (url.search !== '' || url.hash !== '') {
    problems.push('The URL of a SCIM server’s root has no ? and no #.')
  }
  return text.replace(/\/+$/, '')
}

function headersIn({ values }: Given, problems: Problems): Readonly<Record<string, string>> {
  const pairs = values('header').map(text => /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\x20-\x7e]*)$/.exec(text))
  if (pairs.includes(null)) problems.push('--header is a name, a colon and a value: "X-Api-Key: 123".')
  return Object.fromEntries(pairs.flatMap(pair => (pair ? [[pair[1] ?? '', pair[2] ?? '']] : [])))
}

const suites: readonly Suite[] = ['rfc', 'aws', 'entra']

function suitesIn(given: Given, problems: Problems): readonly Suite[] {
  const names = listIn(given, 'as')
  const wrong = names.filter(name => name !== 'all' && !suites.some(suite => suite === name))
  if (wrong.length > 0) problems.push(`--as knows ${suites.join(', ')} and all, not ${wrong.join(', ')}.`)
  if (names.length === 0) return ['rfc', 'entra']
  return suites.filter(suite => names.includes(suite) || names.includes('all'))
}

const listIn = (given: Given, name: string): readonly string[] => partsIn(given, name, ',')

const partsIn = ({ values }: Given, name: string, separator: string | RegExp): readonly string[] =>
  values(name)
    .flatMap(text => text.split(separator))
    .map(text => text.trim())
    .filter(text => text !== '')

function extrasIn({ values }: Given, problems: Problems): readonly Extra[] {
  return values('with').flatMap(text => {
    try {
      return [readExtra(text)]
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error))
      return []
    }
  })
}

function numberIn(
  { values }: Given,
  name: string,
  { from, to, whole }: { readonly from: number; readonly to: number; readonly whole?: true },
  problems: Problems,
): number | undefined {
  const [text] = values(name)
  if (text === undefined) return undefined
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) return number
  problems.push(`--${name} is a ${whole ? 'whole ' : ''}number from ${from} to ${to}, not ${text}.`)
  return undefined
}

/** A comma before a word alone, or before `word=`; others belong to a file's name. */
const betweenReports = /,(?=\s*\w+\s*(?:=|,|$))/

function reportsIn(given: Given, problems: Problems): readonly ReportAsked[] {
  const asked = partsIn(given, 'report', betweenReports).flatMap((text): readonly ReportAsked[] => {
    const [name = '', ...parts] = text.split('=')
    const file = parts.join('=')
    if (!formats.includes(name)) problems.push(`--report knows ${formats.join(', ')}, not ${name}.`)
    else if (parts.length > 0 && file === '') problems.push(`--report ${text} needs a file behind the =.`)
    else return [{ format: name, ...(parts.length > 0 && { file }) }]
    return []
  })
  if (asked.filter(({ file }) => file === undefined).length > 1)
    problems.push('Only one --report can go to standard output; give the others files: json=FILE.')
  return asked.length > 0 ? asked : [{ format: 'terminal' }]
}

function failOnIn({ values }: Given, problems: Problems): FailOn {
  const [text = 'must'] = values('fail-on')
  const found = failOns.find(one => one === text)
  if (found === undefined) problems.push(`--fail-on is one of ${failOns.join(', ')}, not ${text}.`)
  return found ?? 'must'
}

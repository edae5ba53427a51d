import { type Command, Option } from 'commander'
import { apiPath, type Query } from './api-client.ts'
import {
  type ExchangeAnswer,
  exchangeColumns,
  exchangeInWords,
  type WholeExchangeAnswer,
} from './exchange-in-words.ts'
import { explainCommand } from './explain.ts'
import { save } from './journal-export.ts'
import { follow } from './journal-tail.ts'
import { list } from './listing.ts'
import { limitOption, searchCommand } from './options.ts'
import { sessionOf } from './session.ts'

type Filters = {
  readonly tenant?: string
  readonly method?: string
  readonly action?: string
  readonly status?: string
  readonly resource?: string
  readonly from?: string
  readonly until?: string
  readonly text?: string
}

type Limited = Filters & { readonly limit: number }

/** `scimulator journal`: what clients sent, and what they were told. */
export function journalCommand(program: Command): void {
  const journal = program.command('journal').description('what clients sent, and what they were told')
  withPeriod(withFilters(searchCommand(journal, 'list', 'list the exchanges, newest first')))
    .addOption(limitOption(50))
    .action(listExchanges)
  journal
    .command('show <exchange>')
    .description('show one with headers and bodies')
    .addOption(
      new Option('--as <format>', 'as something to be used elsewhere').choices(['curl', 'fixture', 'har']),
    )
    .action(showExchange)
  withFilters(
    journal.command('tail [query...]').description('show the newest exchanges, and each new one as it comes'),
  )
    .addOption(limitOption(10))
    .action(tailExchanges)
  withPeriod(withFilters(journal.command('export [query...]').description('save the exchanges as a file')))
    .addOption(
      new Option('--format <format>', 'the format of the file')
        .choices(['ndjson', 'har', 'csv'])
        .default('ndjson'),
    )
    .option('-o, --output <file>', 'where to; otherwise it is printed')
    .action(exportExchanges)
  explainCommand(journal)
  journal.command('replay <exchange>').description('send its request again').action(replayExchange)
}

const searchHelp = `
A query is made of terms, all of which have to hold:
  status:404 status:4xx method:PATCH action:disable user:barney group:x target:x
  tenant:acme after:14:00 after:15m before:2026-03-01 text:externalId token:k3f9
  finding:any dialect:default cycle:ID refused:expired rule:aws/ profile:aws
  fault:any duration:>100ms resource:ID parent:ID id:ID is:replay
Other words are looked for in what was done, to whom, in URLs and bodies. A dash in front
negates a term, and quotes keep blanks: 'status:4xx -user:"Barney Gumble"'. A query that
begins with a dash stands behind --.`

const withFilters = (command: Command): Command =>
  command
    .option('-t, --tenant <id>', 'only of this tenant')
    .option('--method <method>', 'only of this HTTP method')
    .option('--action <words>', 'only with these words in their action')
    .option('--status <status>', 'only of this status, or of a class: 404, 4xx')
    .option('--resource <id>', 'only about this resource')
    .option('--text <text>', 'only with this text in their URL or a body')
    .addHelpText('after', searchHelp)

const withPeriod = (command: Command): Command =>
  command.option('--from <time>', 'not before this time').option('--until <time>', 'before this time')

const queryOf = (words: readonly string[], filters: Filters): Query => {
  const { tenant, method, action, status, resource, from, until, text } = filters
  const q = words.length === 0 ? undefined : words.join(' ')
  return { q, tenant, method, action, status, resource, from, until, text }
}

const listExchanges = (words: readonly string[], filters: Limited, command: Command) =>
  list<ExchangeAnswer>(sessionOf(command), {
    path: apiPath('exchanges'),
    query: queryOf(words, filters),
    limit: filters.limit,
    columns: exchangeColumns,
    nothing: 'The journal has no such exchanges.',
  })

async function showExchange(id: string, options: { readonly as?: string }, command: Command): Promise<void> {
  const session = sessionOf(command)
  if (options.as !== undefined) {
    return save(session, apiPath('exchanges', id, 'export'), { format: options.as }, undefined)
  }
  const exchange = await session.api.get<WholeExchangeAnswer>(apiPath('exchanges', id))
  session.show(exchange, exchangeInWords(exchange))
}

async function tailExchanges(words: readonly string[], filters: Limited, command: Command): Promise<void> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  await follow(sessionOf(command), queryOf(words, filters), filters.limit, interrupted.signal)
}

const exportExchanges = (
  words: readonly string[],
  { format, output, ...filters }: Filters & { readonly format: string; readonly output?: string },
  command: Command,
): Promise<void> =>
  save(sessionOf(command), apiPath('exchanges', 'export'), { ...queryOf(words, filters), format }, output)

async function replayExchange(id: string, _options: object, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const replay = await api.post<{ readonly exchange: string; readonly status: number }>(
    apiPath('exchanges', id, 'replay'),
  )
  show(replay, `Sent again, and answered with status ${replay.status}: exchange ${replay.exchange}.\n`)
}

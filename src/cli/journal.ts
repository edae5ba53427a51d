import type { Command } from 'commander'
import { apiPath, type Query } from './api-client.ts'
import {
  type ExchangeAnswer,
  exchangeColumns,
  exchangeInWords,
  type WholeExchangeAnswer,
} from './exchange-in-words.ts'
import { follow } from './journal-tail.ts'
import { list } from './listing.ts'
import { limitOption, listingCommand } from './options.ts'
import { sessionOf } from './session.ts'

type Filters = {
  readonly limit: number
  readonly tenant?: string
  readonly method?: string
  readonly action?: string
  readonly status?: string
  readonly resource?: string
  readonly from?: string
  readonly until?: string
  readonly text?: string
}

/** `scimulator journal`: what clients sent, and what they were told. */
export function journalCommand(program: Command): void {
  const journal = program.command('journal').description('what clients sent, and what they were told')
  withFilters(listingCommand(journal, 'list the exchanges, newest first'))
    .option('--from <time>', 'not before this time')
    .option('--until <time>', 'before this time')
    .addOption(limitOption(50))
    .action(listExchanges)
  journal.command('show <exchange>').description('show one with headers and bodies').action(showExchange)
  withFilters(journal.command('tail').description('show the newest exchanges, and each new one as it comes'))
    .addOption(limitOption(10))
    .action(tailExchanges)
}

const withFilters = (command: Command): Command =>
  command
    .option('-t, --tenant <id>', 'only of this tenant')
    .option('--method <method>', 'only of this HTTP method')
    .option('--action <words>', 'only with these words in their action')
    .option('--status <status>', 'only of this status, or of a class: 404, 4xx')
    .option('--resource <id>', 'only about this resource')
    .option('--text <text>', 'only with this text in their URL or a body')

const queryOf = ({ limit: _limit, ...filters }: Filters): Query => {
  const { tenant, method, action, status, resource, from, until, text } = filters
  return { tenant, method, action, status, resource, from, until, text }
}

const listExchanges = (filters: Filters, command: Command) =>
  list<ExchangeAnswer>(sessionOf(command), {
    path: apiPath('exchanges'),
    query: queryOf(filters),
    limit: filters.limit,
    columns: exchangeColumns,
    nothing: 'The journal has no such exchanges.',
  })

async function showExchange(id: string, _options: object, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const exchange = await api.get<WholeExchangeAnswer>(apiPath('exchanges', id))
  show(exchange, exchangeInWords(exchange))
}

async function tailExchanges(filters: Filters, command: Command): Promise<void> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  await follow(sessionOf(command), queryOf(filters), filters.limit, interrupted.signal)
}

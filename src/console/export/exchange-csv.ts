import type { Exchange } from '../../journal/exchange.ts'
import { instantOf } from '../api/shapes.ts'
import { csvRow } from './csv.ts'

type Column = readonly [name: string, of: (exchange: Exchange) => string | number | undefined]

/** Without headers and bodies, for which a cell of a spreadsheet is too small. */
const columns: readonly Column[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => instantOf(at)],
  ['tenantTime', ({ tenantTime }) => instantOf(tenantTime)],
  ['tenant', ({ tenant }) => tenant],
  ['method', ({ method }) => method],
  ['url', ({ url }) => url],
  ['status', ({ status }) => status],
  ['milliseconds', ({ microseconds }) => microseconds / 1000],
  ['action', ({ action }) => action],
  ['targetType', ({ target }) => target?.type],
  ['targetId', ({ target }) => target?.id],
  ['targetLabel', ({ target }) => target?.label],
  ['token', ({ token }) => token?.id],
  ['tokenEnding', ({ token }) => token?.ending],
  ['refusal', ({ refusal }) => refusal],
  ['rule', ({ rule }) => rule],
  ['profile', ({ profile }) => profile],
  ['remoteAddress', ({ remoteAddress }) => remoteAddress],
  ['parent', ({ parent }) => parent],
  ['replayOf', ({ replayOf }) => replayOf],
  ['fault', ({ fault }) => fault?.words],
  ['dialect', ({ notes }) => notes?.dialect],
  ['cycle', ({ notes }) => notes?.cycle],
  ['findings', ({ notes }) => notes?.findings.join(' ')],
]

export const csvHead: string = csvRow(columns.map(([name]) => name))

export const csvOf = (exchange: Exchange): string => csvRow(columns.map(([, of]) => of(exchange)))

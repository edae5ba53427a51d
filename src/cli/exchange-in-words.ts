import { type Column, record } from './table.ts'
import { printableLines, shortTime, tenantTimeInWords } from './words.ts'

type Message = {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly cutFrom?: number
}

export type ExchangeAnswer = {
  readonly id: string
  readonly tenant?: string
  readonly parent?: string
  readonly at: string
  readonly tenantTime: string
  readonly microseconds: number
  readonly method: string
  readonly url: string
  readonly status: number
  readonly action: string
  readonly target?: { readonly type: string; readonly id?: string; readonly label?: string }
  readonly token?: { readonly id: string; readonly ending: string }
  readonly refusal?: string
  readonly rule?: string
  readonly profile?: string
  readonly remoteAddress?: string
  readonly fault?: { readonly id: string; readonly words: string }
  readonly replayOf?: string
  readonly analysed: boolean
  readonly client?: string
  readonly dialect?: string
  readonly cycle?: string
  readonly findings: readonly string[]
}

export type WholeExchangeAnswer = ExchangeAnswer & { readonly request: Message; readonly response: Message }

export const exchangeColumns: readonly Column<ExchangeAnswer>[] = [
  { name: 'at', of: ({ at, tenantTime }) => tenantTimeInWords(at, tenantTime) },
  { name: 'status', of: ({ status }) => status },
  { name: 'method', of: ({ method }) => method },
  { name: 'action', of: ({ action }) => action },
  { name: 'about', of: targetOf },
  { name: 'tenant', of: ({ tenant }) => tenant },
  { name: 'exchange', of: ({ id }) => id },
]

function targetOf({ target }: ExchangeAnswer): string | undefined {
  return target?.label ?? target?.id
}

/** A request and its answer, with headers and bodies. */
export const exchangeInWords = (exchange: WholeExchangeAnswer): string =>
  [
    facts(exchange),
    `${printableLines(`${exchange.method} ${exchange.url}`)}\n${messageInWords(exchange.request)}`,
    `Status ${exchange.status}\n${messageInWords(exchange.response)}`,
  ].join('\n')

const facts = (exchange: ExchangeAnswer): string =>
  record([
    ['exchange', exchange.id],
    ...fact('part of', exchange.parent),
    ...fact('again', exchange.replayOf),
    ['at', tenantTimeInWords(exchange.at, exchange.tenantTime)],
    ...fact('server time', exchange.at === exchange.tenantTime ? undefined : shortTime(exchange.at)),
    ['took', `${exchange.microseconds / 1000} ms`],
    ['tenant', exchange.tenant],
    ['profile', exchange.profile],
    ['action', exchange.action],
    ['about', targetOf(exchange)],
    ['token', exchange.token && `${exchange.token.id}, ends in ${exchange.token.ending}`],
    ['from', exchange.remoteAddress],
    ...fact('refused', exchange.refusal && `${exchange.refusal} token`),
    ...fact('rule', exchange.rule),
    ...fact('fault', exchange.fault?.words),
    ...fact('client', exchange.client),
    ...fact('dialect', exchange.dialect),
    ...fact('cycle', exchange.cycle),
    ...exchange.findings.map(finding => ['found', finding] as const),
  ])

/** A line for what most exchanges don't have. */
const fact = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]]

function messageInWords({ headers, body, cutFrom }: Message): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (body) lines.push('', indented(body))
  if (cutFrom !== undefined) lines.push(`(cut; the whole body has ${cutFrom} bytes)`)
  return `${printableLines(lines.join('\n'))}\n`
}

/** JSON is easier to read over several lines; what isn't JSON stays as it came. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2)
  } catch {
    return body
  }
}

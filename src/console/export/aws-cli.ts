import { type KnownAwsApi, parseAwsOperation } from '../../domain/journal/aws-operations.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { isObject, type Json } from '../../scim/json.ts'
import { comments, shellQuote } from './exchange.ts'
import { absoluteUrl } from './har.ts'
import type { ExportSource } from './source.ts'

const services: Readonly<Record<KnownAwsApi, string>> = {
  'identity-store': 'identitystore',
  'sso-admin': 'sso-admin',
  sts: 'sts',
}

export function toAwsCli(exchange: Exchange, source: ExportSource): string | undefined {
  const { api, apiOperation, region, request } = exchange
  const operation = apiOperation === undefined ? undefined : parseAwsOperation(apiOperation)
  if (api === undefined || api === 'unknown' || operation === undefined) return undefined
  const input = readInput(request)
  const lines = [
    `aws ${services[api]} ${toCommand(operation)}`,
    `--endpoint-url ${shellQuote(absoluteUrl(exchange, source))}`,
    `--region ${shellQuote(region ?? source.region)}`,
    ...(input === undefined ? [] : [`--cli-input-json ${shellQuote(input)}`]),
  ]
  return `${comments(exchange).join('')}${lines.join(' \\\n  ')}\n`
}

const toCommand = (operation: string): string =>
  operation.replace(/(?<=[a-z\d])(?=[A-Z])/g, '-').toLowerCase()

function readInput({ body = '', cutFrom }: Exchange['request']): string | undefined {
  if (cutFrom !== undefined) return undefined
  try {
    const input: Json = JSON.parse(body)
    return isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : undefined
  } catch {
    return undefined
  }
}

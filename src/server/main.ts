import type { Logger } from 'pino'
import { awsEnvironment } from '../aws-api/environment.ts'
import { exportLines } from '../domain/contract/environment.ts'
import { compact } from '../scim/json.ts'
import type { Config } from './config.ts'
import { createLogger } from './logger.ts'
import { runProcess } from './run-process.ts'
import type { AwsEndpoint, RunningServer } from './server.ts'

const inMemory = 'in memory only'
const anyCredentials = '--aws-auth any: the AWS APIs accept any credentials'

/**
 * Reports a start: three lines for people, without those about the AWS APIs unless `--aws` is set, one JSON line of facts for scripts with `--json`, or an entry in a log of JSON lines. Only
 * the first two show generated credentials, since logs are collected, kept and read by others. Those from the settings are not shown.
 */
function reportStart(server: RunningServer, config: Config, logger: Logger): void {
  const { backup } = server
  if (backup) logger.info(`database upgraded; the previous version is in ${backup}`)
  if (config.json) {
    // The server goes on if the reader of its output has ended.
    process.stdout.on('error', () => {})
    process.stdout.write(`${JSON.stringify(startFacts(server, config))}\n`)
  } else if (config.logFormat === 'json') logStart(server, config, logger)
  else process.stdout.write(formatStart(server, config))
}

function startFacts(server: RunningServer, config: Config) {
  const { endpoint, tenant, tenants, token, tokenEndpoint, console, consoleToken, aws, data } = server
  return compact({
    url: endpoint,
    tenant,
    tenantName: tenants.find(tenant)?.settings.name,
    tokenSource: token?.source ?? 'earlier-start',
    token: token?.source === 'generated' ? token.text : undefined,
    tokenFile: token?.source === 'file' ? config.tokenFile : undefined,
    tokenExpires: token && new Date(token.expires).toISOString(),
    console: config.consoleUrl ?? console,
    consoleToken,
    tokenEndpoint,
    aws: aws && awsFacts(aws),
    data,
  })
}

const awsFacts = ({ url, region, identityStoreId, instanceArn, accessKey, accessKeys }: AwsEndpoint) =>
  compact({
    endpoint: url,
    region,
    identityStoreId,
    instanceArn,
    accessKeyId: accessKey?.id,
    secretAccessKey: accessKey?.source === 'generated' ? accessKey.secret : undefined,
    otherAccessKeyIds: accessKeys.length > 0 ? accessKeys : undefined,
  })

function logStart(server: RunningServer, config: Config, logger: Logger): void {
  const { endpoint, token, console, aws, consoleToken, data = inMemory } = server
  logger.info(
    {
      endpoint,
      tokenExpires: token && formatDate(token.expires),
      console,
      aws: aws?.url,
      accessKey: aws?.accessKey?.id,
      data,
    },
    'ready',
  )
  if (token?.source === 'file') logger.info(`token written to ${config.tokenFile}`)
  if (aws && config.awsAuth === 'any') logger.warn(anyCredentials)
  if (consoleToken !== undefined) {
    logger.warn(
      'the generated console token is not logged; set --console-token, or start with --log-format pretty or --json',
    )
  }
}

function formatStart(server: RunningServer, config: Config): string {
  const { endpoint, console, consoleToken, aws, tenants, tenant } = server
  const { name } = tenants.find(tenant)?.settings ?? {}
  return [
    `SCIM endpoint  ${endpoint}${name === undefined ? '' : `  (tenant ${name})`}`,
    `Access token   ${describeToken(server, config)}`,
    `Console        ${config.consoleUrl ?? console}`,
    ...(config.consoleIssuer === undefined ? [] : [`Sign-in        ${config.consoleIssuer}`]),
    ...(consoleToken === undefined ? [] : [`Console token  ${consoleToken}`]),
    ...(aws && config.aws ? formatAws(aws, config) : []),
    '',
  ].join('\n')
}

function formatAws(aws: AwsEndpoint, { awsAuth }: Config): readonly string[] {
  const { url, region, identityStoreId, instanceArn, accessKey, accessKeys } = aws
  return [
    `AWS APIs       ${url}${awsAuth === 'any' ? ' (--aws-auth any: accept any credentials)' : ''}`,
    `Identity store ${identityStoreId}, ${instanceArn}`,
    ...(accessKey?.source === 'generated'
      ? ['Access key     secret shown once:', ...exportLines(awsEnvironment({ url, region, ...accessKey }))]
      : []),
    ...(accessKey?.source === 'setting' ? [`Access key     ${accessKey.id}, from --aws-access-key`] : []),
    ...(accessKey
      ? []
      : [
          `Access key     ${accessKeys.join(', ') || 'none'}; create ${accessKeys.length > 0 ? 'another' : 'one'} with \`scimulator keys create\``,
        ]),
  ]
}

function describeToken({ token, tenants }: RunningServer, { tokenFile }: Config): string {
  if (token === undefined) return describeStoredTokens(tenants)
  const expires = `valid until ${formatDate(token.expires)}`
  switch (token.source) {
    case 'generated':
      return token.text
    case 'setting':
      return `from --token, ${expires}`
    case 'file':
      return `written to ${tokenFile}, ${expires}`
  }
}

function describeStoredTokens(tenants: RunningServer['tenants']): string {
  const [first] = tenants.list()
  const [newest, ...others] = first ? tenants.tokens(first) : []
  if (newest === undefined) return 'none; create one with `scimulator tokens create`'
  const description = `${newest.ending ? `ends in ${newest.ending}` : 'too short to show its end'}, valid until ${formatDate(newest.expires)}`
  const count = others.length === 0 ? '' : `${others.length + 1} tokens, the newest `
  return `${count}${description}; create another with \`scimulator tokens create\``
}

const formatDate = (time: number): string => new Date(time).toISOString().slice(0, 10)

export const main = (flags: readonly string[]): Promise<void> =>
  runProcess(
    { args: flags, environment: process.env, isTerminal: process.stdout.isTTY === true },
    {
      createLogger: config => createLogger(config, config.json ? process.stderr : process.stdout),
      reportStart,
    },
  )

import type { Logger } from 'pino'
import { awsEnvironment } from '../aws-api/environment.ts'
import { exportLines } from '../contract/environment.ts'
import type { Config } from './config.ts'
import { createLogger } from './logger.ts'
import { runProcess } from './run-process.ts'
import type { AwsEndpoint, RunningServer } from './server.ts'

const inMemory = 'in memory only'
const anyCredentials = '--aws-auth any: the AWS APIs accept any credentials'

/**
 * Reports a start: several lines for people, one JSON line for machines. A generated token is printed for people,
 * once, and never logged, since logs are collected, kept and read by others. A token from the settings is not printed.
 */
function reportStart(server: RunningServer, config: Config, logger: Logger): void {
  const { backup } = server
  if (backup) logger.info(`database upgraded; the previous version is in ${backup}`)
  if (config.logFormat === 'json') logStart(server, config, logger)
  else process.stdout.write(formatStart(server, config))
}

function logStart(
  { endpoint, token, console, aws, consoleToken, data = inMemory }: RunningServer,
  { token: configured, tokenFile, awsAccessKey, awsAuth }: Config,
  logger: Logger,
): void {
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
  if (token && tokenFile !== undefined) logger.info(`token written to ${tokenFile}`)
  else if (token && configured === undefined) {
    logger.warn(
      'the generated access token is not logged; create another with `scimulator tokens create`, or set --token or --token-file at the first start',
    )
  }
  if (aws && awsAuth === 'any') logger.warn(anyCredentials)
  if (aws?.accessKey && awsAccessKey === undefined) {
    logger.warn(
      'the secret of the generated access key is not logged; create another with `scimulator keys create`, or set --aws-access-key at the first start',
    )
  }
  if (consoleToken !== undefined) {
    logger.warn(
      'the generated console token is not logged; set --console-token, or start with --log-format pretty',
    )
  }
}

function formatStart(server: RunningServer, config: Config): string {
  const { endpoint, token, console, consoleToken, aws, data = inMemory } = server
  const isShown = token !== undefined && config.token === undefined && config.tokenFile === undefined
  return [
    `SCIM endpoint  ${endpoint}`,
    `Access token   ${describeToken(server, config)}`,
    ...(isShown ? ['', token.text, ''] : []),
    `Console        ${config.consoleUrl ?? console}`,
    ...(config.consoleIssuer === undefined ? [] : [`Sign-in        ${config.consoleIssuer}`]),
    ...(consoleToken === undefined
      ? []
      : ['Console token  valid until the server stops:', '', consoleToken, '']),
    ...(aws ? formatAws(aws, config) : []),
    `Data           ${data}`,
    '',
  ].join('\n')
}

/** The endpoint of the AWS APIs, and at the first start what a shell needs to use them. */
function formatAws(aws: AwsEndpoint, { awsAccessKey, awsAuth }: Config): readonly string[] {
  const { url, region, identityStoreId, instanceArn, accessKey, accessKeys } = aws
  const isShown = accessKey !== undefined && awsAccessKey === undefined
  return [
    `AWS APIs       ${url}${awsAuth === 'any' ? ' (--aws-auth any: accept any credentials)' : ''}`,
    `Identity store ${identityStoreId}, ${instanceArn}`,
    ...(isShown
      ? [
          'Access key     secret shown once:',
          '',
          ...exportLines(awsEnvironment({ url, region, ...accessKey })),
          '',
        ]
      : []),
    ...(accessKey && !isShown ? [`Access key     ${accessKey.id}, from --aws-access-key`] : []),
    ...(accessKey
      ? []
      : [
          `Access key     ${accessKeys.join(', ') || 'none'}; create ${accessKeys.length > 0 ? 'another' : 'one'} with \`scimulator keys create\``,
        ]),
  ]
}

function describeToken({ token, tenants }: RunningServer, { token: configured, tokenFile }: Config): string {
  if (token === undefined) return describeStoredTokens(tenants)
  const expires = `valid until ${formatDate(token.expires)}`
  if (configured !== undefined) return `from --token, ${expires}`
  return tokenFile === undefined ? `shown once, ${expires}:` : `written to ${tokenFile}, ${expires}`
}

/** At a later start: the last characters of the newest token, by which people recognize it. */
function describeStoredTokens(tenants: RunningServer['tenants']): string {
  const [first] = tenants.list()
  const [newest, ...others] = first ? tenants.tokens(first) : []
  if (newest === undefined) return 'none; create one with `scimulator tokens create`'
  const description = `${newest.ending ? `ends in ${newest.ending}` : 'too short to show its end'}, valid until ${formatDate(newest.expires)}`
  const count = others.length === 0 ? '' : `${others.length + 1} tokens, the newest `
  return `${count}${description}; create another with \`scimulator tokens create\``
}

const formatDate = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** Runs the server as a process until a signal stops it. */
export const main = (flags: readonly string[]): Promise<void> =>
  runProcess(
    { args: flags, environment: process.env, isTerminal: process.stdout.isTTY === true },
    { createLogger, reportStart },
  )

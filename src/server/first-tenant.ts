import { accessSync, constants, lstatSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import type { Engine } from '../domain/ports/engine.ts'
import type { Tenant } from '../domain/tenants/tenant.ts'
import { newTokenText, tokenPrefix } from '../domain/tenants/tokens.ts'
import { writeFileAtomically } from '../storage/common/private-files.ts'
import { type Config, ConfigError } from './config.ts'
import { firstIssuers } from './first-credentials.ts'

type CredentialSource = 'generated' | 'setting' | 'file'

/** The expiry is in milliseconds since 1970. */
export type FirstToken = {
  readonly text: string
  readonly expires: number
  readonly source: CredentialSource
}

export type FirstAccessKey = {
  readonly id: string
  readonly secret: string
  readonly source: Exclude<CredentialSource, 'file'>
}

export type FirstTenant = {
  readonly id: string
  /** Only if it was created now. */
  readonly token?: FirstToken
  /** Only if it was created now. */
  readonly accessKey?: FirstAccessKey
}

type Stores = Pick<Engine, 'tenants' | 'accessKeys' | 'issuers' | 'oauthClients'>

/**
 * Returns the first tenant; without tenants, creates it with its initial token and access key. A token or key that nothing would show
 * is not generated: it would take one of the two places that AWS has. Throws ConfigError.
 */
export async function openFirstTenant(stores: Stores, config: Config, logger: Logger): Promise<FirstTenant> {
  const { tenants } = stores
  const { tenant, token, tokenFile, profile, onDelete, throttle } = config
  const [existing] = tenants.list()
  if (existing) {
    if (tenant !== undefined && !tenants.find(tenant)) {
      logger.warn(
        `--tenant ${tenant} is ignored: tenants already exist. Create another with \`scimulator tenants create\``,
      )
    }
    return { id: existing.id }
  }
  const source = sourceOfToken(config)
  const text = token ?? newTokenText()
  // The file is written first: the value of a stored token cannot be recovered.
  if (tokenFile !== undefined) writeToken(tokenFile, text)
  // One transaction: a crash in between would leave a tenant whose token is never shown.
  const created = await tenants.createFirst(
    // A generated ID says nothing to people.
    { profile, onDelete, throttle, ...(tenant === undefined && { name: firstTenantName }) },
    tenant,
    source === undefined ? 'none' : { text },
  )
  if (created) {
    if (source === undefined) logger.warn(noToken)
    const accessKey = await createAccessKey(stores, created.tenant, config, logger)
    for (const issuer of firstIssuers(config, created.tenant.id)) {
      await stores.issuers.create(created.tenant, issuer)
    }
    if (config.clientId !== undefined) {
      await stores.oauthClients.create(created.tenant, {
        id: config.clientId,
        secret: { text: config.clientSecret },
      })
    }
    return {
      id: created.tenant.id,
      ...(source && created.token && { token: { text, expires: created.token.expires, source } }),
      ...(accessKey && { accessKey }),
    }
  }
  // Another instance over the same database was faster.
  if (tokenFile !== undefined) unlinkSync(tokenFile)
  return openFirstTenant(stores, config, logger)
}

const firstTenantName = 'default'

const noToken =
  'no access token was created, because nothing would show it; create one with `scimulator tokens create`, or set --token, --token-file or --json at the first start'
const noAccessKey =
  'no access key was created, because nothing would show its secret; create one with `scimulator keys create`, or set --aws-access-key or --json at the first start'

function sourceOfToken({ token, tokenFile, showsCredentials }: Config): CredentialSource | undefined {
  if (token !== undefined) return 'setting'
  if (tokenFile !== undefined) return 'file'
  return showsCredentials ? 'generated' : undefined
}

async function createAccessKey(
  { accessKeys }: Stores,
  tenant: Tenant,
  { noAws, awsAccessKey, databaseUrl, sealKey, showsCredentials, showsAccessKey }: Config,
  logger: Logger,
): Promise<FirstAccessKey | undefined> {
  if (noAws || !tenant.profile.awsApis) return undefined
  if (awsAccessKey === undefined && !showsAccessKey) {
    if (!showsCredentials) logger.warn(noAccessKey)
    return undefined
  }
  if (databaseUrl !== undefined && sealKey === undefined) {
    logger.warn('no access key for the AWS APIs was created: set SCIMULATOR_SEAL_KEY')
    return undefined
  }
  const { key, secret } = await accessKeys.create(tenant, awsAccessKey)
  return { id: key.id, secret, source: awsAccessKey === undefined ? 'generated' : 'setting' }
}

/**
 * Checks before anything listens that a token can be written to the file, since a token is shown once. The file may
 * exist only if it contains a token of an earlier start. Throws ConfigError.
 */
export function checkTokenFile(path: string): void {
  const folder = dirname(path)
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw tokenFileError(`cannot write to the folder ${folder} (${errorReason(error)}).`)
  }
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat && !(stat.isFile() && containsToken(path))) {
    throw tokenFileError(`${path} exists and is not overwritten. Remove it, or choose another file.`)
  }
}

function containsToken(path: string): boolean {
  try {
    return new RegExp(`^${tokenPrefix}[\\w+/=-]+\\n$`).test(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

/** A new file, readable by its owner only, replaces an earlier one, which may be open. Throws ConfigError. */
export function writeToken(path: string, text: string): void {
  try {
    writeFileAtomically(path, part => writeFileSync(part, `${text}\n`))
  } catch (error) {
    throw tokenFileError(`cannot write ${path} (${errorReason(error)}).`)
  }
}

const tokenFileError = (problem: string) => new ConfigError([`--token-file: ${problem}`])

const errorReason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
